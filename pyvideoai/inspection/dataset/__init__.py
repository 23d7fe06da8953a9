"""Look at a dataset: what the network is given of it, and what its videos are.

clips      clips as a split feeds them, beside the frames of their files
sheets     clips as contact sheets and as a short video
facts      length, frame rate and size of each video
balance    figures of classes, lengths, frame rates and sizes
whole      all of these, written to a folder
"""
