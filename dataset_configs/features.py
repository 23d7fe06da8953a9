"""Features that tools/run_feature_extract.py wrote, in place of videos: a head trains on them in seconds.

    tools/run_feature_extract.py -D hmdb -M r3d_18 -E probe --out my_features
    tools/run_train.py -D features --set dataset.root=my_features -M features -E probe

Frames, pixels and views are those of the extraction; the experiment must say as many views. docs/DATASETS.md
"""

from pyvideoai.features import folder

root = "my_features"
features = True
multi_label = False


def classes():
    return folder.classes(root)


def splits():
    return folder.splits(root, multi_label=multi_label)
