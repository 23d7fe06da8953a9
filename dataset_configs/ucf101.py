"""UCF-101: 101 actions, 13,320 clips in 25 groups a class, three official splits; or a subset in the same format.

    tools/run_train.py -D ucf101 -M i3d_resnet50 -E crop224_plateau --set dataset.split=2

Layout: data/ucf101/<class>/*.avi (UCF101.rar) and, in or beside it, ucfTrainTestlist/*.txt
(UCF101TrainTestSplits-RecognitionTask.zip), both from https://www.crcv.ucf.edu/data/UCF101.php
With `--set dataset.frames=True` the root holds a folder of extracted frames for each video. docs/DATASETS.md
"""

from pyvideoai.annotations import ucf101

root = "data/ucf101"
annotations = None
class_list = None
split = 1
frames = False


def classes():
    return ucf101.classes(root, annotations, class_list)


def splits():
    return ucf101.splits(root, annotations, split, classes(), frames=frames)
