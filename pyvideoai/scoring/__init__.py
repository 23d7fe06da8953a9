"""From a network and videos to scores, in one pass: predict, average, join parts of a video, measure, describe.

trained      TrainedModel: a network as it is scored, whoever asks (training, tools/run_eval.py, pyvideoai.load)
averaging    views and rows to one score a video
predictions  what a pass over a split gives, gathered from all processes
predict      the pass itself
results      metrics, intervals, and their words
selection    what is measured, and which of it chooses the best epoch
Imports tasks, data, models, metrics, reporting; imported by engine and commands.
"""
