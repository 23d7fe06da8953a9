"""Something-Something v2: 174 actions with objects, 220,847 clips; missing ones are counted.

    tools/run_train.py -D something_v2 -M i3d_resnet50 -E crop224_plateau --set dataset.root=...

Layout: <root>/<id>.webm and {train,validation,labels}.json in or beside the root, or in labels/ there.
Published numbers are on validation ("val"). A flip exchanges the labels of left and right. docs/DATASETS.md
"""

from pyvideoai.annotations import twentybn as something
from pyvideoai.annotations.mirror import left_right_pairs
from pyvideoai.annotations.official import class_names

root = "data/something_v2/20bn-something-something-v2"
annotations = None
flip_labels = left_right_pairs(class_names("something_v2"))


def classes():
    return class_names("something_v2")


def splits():
    return something.splits(something.V2, root, annotations)
