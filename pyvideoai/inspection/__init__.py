"""Look at what runs left: compare experiments, clean up. Trains and scores nothing.

runs       one run as its folder tells it: names, settings, results, saved predictions
paired     is the difference between two runs on the same videos more than chance?
leftovers  what experiments take, and what of it can go; old_features: the same of kept features
compare    tables of several runs, for the console and as CSV
Imports scoring, reporting and what is below; imported by commands.
"""
