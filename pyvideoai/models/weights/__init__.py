"""Weights of other projects and our own: find them, read them without running their code, fit them to a network, report.

`table` is light and holds what configs write; everything else imports torch. May import `pyvideoai.errors` and
`pyvideoai.files` only; knows the names of our I3D's parameters, and no other network's.
"""
