"""Something-Something v1: 174 actions with objects, 108,499 clips as JPEG frames; missing ones are counted.

    tools/run_train.py -D something_v1 -M i3d_resnet50 -E crop224_plateau --set dataset.root=...

Layout: <root>/<id>/00001.jpg ... and something-something-v1-{train,validation}.csv in or beside the root.
Published numbers are on validation ("val"). A flip exchanges the labels of left and right. docs/DATASETS.md
"""

from pyvideoai.annotations import twentybn as something
from pyvideoai.annotations.mirror import left_right_pairs
from pyvideoai.annotations.official import class_names

root = "data/something_v1/20bn-something-something-v1"
annotations = None
flip_labels = left_right_pairs(class_names("something_v1"))


def classes():
    return class_names("something_v1")


def splits():
    return something.splits(something.V1, root, annotations)
