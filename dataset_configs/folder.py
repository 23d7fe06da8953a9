"""Your own clips: a sub-folder of videos for each class, and nothing else to write.

    tools/run_train.py -D folder --set dataset.root=my_videos -M i3d_resnet50 -E crop224_plateau

Layout: my_videos/<class>/*.mp4, of which val and test are held out with `split_seed`, or
my_videos/{train,val,test}/<class>/*.mp4, taken as they are. Training, valid, Test and the like are splits too; where
a class is called so, `layout = "classes"` takes every folder for a class. When several files show one scene or person,
which must not be in two splits, write a config of your own: inherit("folder") and
`def group(row): return row.video.split("_")[0]`.
Strides count frames at the model's fps, since one's own clips seldom have one frame rate.
"""

from pyvideoai.annotations import folder

root = "my_videos"
sample_in = "seconds"
flip_keeps_label = "auto"
val_share, test_share, split_seed = 0.1, 0.2, 0
layout = "auto"


def classes():
    return folder.classes(root, layout)


def splits():
    return folder.splits(root, layout)
