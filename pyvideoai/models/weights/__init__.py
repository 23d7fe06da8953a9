"""Find weights of other projects and our own, read them without running their code, fit them to a network, report.

`table` is light and holds what configs write; everything else imports torch. Imports ground modules,
`models.affine` and `models.encoders`; knows the parameter names of our own networks.
"""
