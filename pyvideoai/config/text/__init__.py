"""What a config's text shows before anything runs: names, literals, parameters, what it inherits.

Imports values, errors; imported by run and load.
"""
