"""Which frames, which pixels, which videos: from split tables to batches of uint8 clips.

sampling, pixels, views   (and *_peers) value objects of configs: pure arithmetic, no torch
table, splits             split tables, checked; val and test where a dataset has none
order, dataset, loader    clips of a table, in batches; imports pyvideoai.video
to_input, train_input     what a network is given, made on its device; train_input adds flips, augment/ and mixes

Imported by engine and tools. Imports video, annotations, config, errors, files.
"""
