"""What a frozen network gave, kept: features are computed once for fixed views, and heads train on them.

cut      a network in two: the frozen part, which gives features, and the head that turns them into logits; or a tap
keys     what features depend on, as one name: video, frames, pixels, weights, code
store    a folder of features by their keys; written whole or not at all
folder   tables and facts that explain such a folder to others; no torch
collect  take features from a store, compute those that it lacks
loaders  the loaders' batches, with features in place of clips
noted    where the features of a run's training videos lie, for those who look at the run afterwards
out_of_fold   what a classifier that has not seen a video thinks of its label
heads    small classifiers on features of whole videos
Imports data, models and files; imported by engine and commands.
"""
