"""What a setting's value may be and how it is written: kinds, overrides, folder names, printed tables.

Imports contract and errors; imported by text, run and load.
"""
