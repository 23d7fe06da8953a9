"""Something-Something v2: 174 actions with objects, 220,847 clips; missing ones are counted.

    tools/run_train.py -D something_v2 -M i3d_resnet50 -E crop224_plateau --set dataset.root=...

Layout: <root>/<id>.webm and {train,validation,labels}.json in or beside the root, or in labels/ there.
Published numbers are on validation ("val"). A flip exchanges the labels of left and right. docs/DATASETS.md
"""

from pyvideoai.annotations import twentybn

root = "data/something_v2/20bn-something-something-v2"
annotations = None
class_list = None
flip_keeps_label = "auto"  # left and right are exchanged, by the class names


def classes():
    return twentybn.classes(twentybn.V2, root, annotations, class_list)


def splits():
    return twentybn.splits(twentybn.V2, root, annotations, classes())
