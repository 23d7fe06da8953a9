"""From a network and videos to scores, in one pass: predict, average, join parts of a video, measure, describe.

trained      TrainedModel: the network that is scored; training, evaluation and pyvideoai.load share it
network      a guard around the network: its errors are one line
passes       as many clips at a time as the device's memory allows
room         how many those are where eval_clips_per_device is "auto"
losses       the loss of training: the experiment's own, or the task's
averaging    average the scores of a video's views, and of its rows, to one score per video
predictions  the result of a pass over a split, gathered from all processes
predict      the pass itself
results      metrics, intervals, and their words
fusing       a weighted mean of saved predictions: two streams, ensembles
loading      networks with the weights of a checkpoint, or published ones
details      what an evaluation says besides: classes, confusions, calibration, slices
samples      some videos of a split, to look at
evaluation   score a checkpoint of an experiment: what tools/run_eval.py does
selection    which metrics are measured, and which one chooses the best epoch
Imports tasks, data, models, metrics, reporting and below; imported by predicting, engine and commands.
"""
