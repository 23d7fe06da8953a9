"""Your own clips by a table: train.csv, and perhaps val.csv, test.csv and classes.txt, in the root or elsewhere.

    tools/run_train.py -D table --set dataset.root=my_videos -M i3d_resnet50 -E crop224_plateau

A table has the columns video (a path from the root) and label (a name or number; several, `run;jump`, or none with
`--set dataset.multi_label=True`), and perhaps group, video_id, start_s, end_s, start_frame, end_frame; or lines "path
label" without a header, labels from 0, as PySlowFast's. Splits that are not there are held out of train.csv by group.
`--set dataset.annotations=...` says where the tables are, if not in the root. docs/DATASETS.md
"""

from pyvideoai.annotations import own_tables as tables

root = "my_videos"
annotations = None
sample_in = "seconds"
flip_keeps_label = "auto"
val_share, test_share, split_seed = 0.1, 0.2, 0


def classes():
    return tables.classes(root, annotations)


def splits():
    return tables.splits(root, annotations)
