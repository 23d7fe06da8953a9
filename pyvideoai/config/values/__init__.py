"""What a setting may be and how it is written: kinds, overrides, the names of folders, the printed tables.

Imports contract and errors; imported by text, run and load.
"""
