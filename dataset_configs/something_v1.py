"""Something-Something v1: 174 actions with objects, 108,499 clips as JPEG frames; missing ones are counted.

    tools/run_train.py -D something_v1 -M i3d_resnet50 -E crop224_plateau --set dataset.root=...

Layout: <root>/<id>/00001.jpg ... and something-something-v1-{train,validation}.csv in or beside the root.
Published numbers are on validation ("val"). A flip exchanges the labels of left and right. docs/DATASETS.md
"""

from pyvideoai.annotations import twentybn

root = "data/something_v1/20bn-something-something-v1"
annotations = None
class_list = None
flip_keeps_label = "auto"  # left and right are exchanged, by the class names


def classes():
    return twentybn.classes(twentybn.V1, root, annotations, class_list)


def splits():
    return twentybn.splits(twentybn.V1, root, annotations, classes())
