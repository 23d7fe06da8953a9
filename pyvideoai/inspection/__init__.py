"""Look at what runs left: compare experiments. Reads folders only; trains and scores nothing.

runs       one run as its folder tells it: names, settings, results, saved predictions
paired     is the difference between two runs on the same videos more than chance?
compare    tables of several runs, for the console and as CSV
Imports scoring, reporting and what is below; imported by commands.
"""
