"""Every command line: options, exit codes, and what must be settled before torch is imported.

main: `pyvideoai COMMAND ...`; each command has a file, which `tools/` runs too. ending: how a command ends.
Imports everything; imported by `tools/` and the installed program only.
"""
