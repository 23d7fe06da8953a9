"""Predict on videos that belong to no split: single files, folders, lists, hours of video, live streams.

scorer       from the views of videos to probabilities: a trained network, its views and their average
sources      what the user named (files, folders, lists) as a table of videos
many         predict a table's videos in batches; a video that can't be decoded is one prediction with an error
windows, scan  slide a window over a long video, decoding each frame once
timeline     draw a scan over time; annotate: draw it on a copy of the video
ahead        let another thread decode while this one scores
live         watch a stream, dropping what can't be kept up with
records      predictions as CSV or JSON lines, written whole or not at all
Imports scoring and below; imported by predictor and commands.
"""
