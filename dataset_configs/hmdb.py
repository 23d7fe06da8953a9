"""HMDB-51: 51 actions, 6,766 clips, three official splits of 3,570 training and 1,530 test clips.

    tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_plateau --set dataset.split=2

Layout: data/hmdb/videos/<class>/*.avi (hmdb51_org.rar, whose class archives are unpacked in turn) and, in or beside it,
testTrainMulti_7030_splits/*.txt (test_train_splits.rar), both from
https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/
With `--set dataset.frames=True` the root holds a folder of extracted frames for each video. docs/DATASETS.md
"""

from pyvideoai.annotations import hmdb51

root = "data/hmdb/videos"
annotations = None
class_list = None
split = 1
frames = False


def classes():
    return hmdb51.classes(root, annotations, class_list)


def splits():
    return hmdb51.splits(root, annotations, split, classes(), frames=frames)
