"""Look at what runs are fed and what they left: report and compare experiments, clean up. Trains nothing.

runs       one run as its folder tells it: names, settings, results, saved predictions
paired     is the difference between two runs on the same videos more than chance?
leftovers  what experiments take, and what of it can go; old_features: the same of kept features
event_folders  readable names of runs for TensorBoard
compare    tables of several runs, for the console and as CSV
suspects   training videos whose label may be wrong
second_opinion   the same by features, where there are some
relabel    split tables with the labels that a person has corrected
near_copies   videos of different splits that show the same
dataset/   pictures of what a split feeds to the network, and tables of its videos
model/     pictures of what a network decides by
page/      the report, one HTML file
Imports scoring, reporting and what is below; imported by commands.
"""
