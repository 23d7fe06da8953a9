"""Weights of other projects and our own: found, read without running their code, fitted to a network, reported.

`table` is light and holds what configs write; everything else imports torch. May import `pyvideoai.errors` and
`pyvideoai.files` only; knows the names of our I3D's parameters, and no other network's.
"""
