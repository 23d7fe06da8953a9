"""Kinetics-600: 600 actions, clips of about ten seconds from YouTube; what is no longer there is left out and counted.

    tools/run_train.py -D kinetics600 -M i3d_resnet50 -E crop224_plateau --set dataset.root=...

Layout: <root>/{train,val}/<class>/<youtube_id>_<start>_<end>.mp4 or one of the other usual ones, and the official
train.csv and val.csv in <root>/annotations. There is no test list: published numbers are on val. docs/DATASETS.md
"""

from pyvideoai.annotations import kinetics

root = "data/kinetics600"
annotations = None
class_list = None


def classes():
    return kinetics.classes("kinetics600", root, annotations, class_list)


def splits():
    return kinetics.splits(root, annotations, classes(), edition="kinetics600")
