"""Your own clips: a sub-folder of videos for each class, and nothing else to write.

    tools/run_train.py -D folder --set dataset.root=my_videos -M i3d_resnet50 -E crop224_plateau

Layout: my_videos/<class>/*.mp4, split by group with `split_seed` (a group is the video itself; override `group(row)` in a config
of your own when several files show one scene or person), or my_videos/{train,val,test}/<class>/*.mp4, taken as they are.
Strides count frames at the model's fps, since one's own clips seldom have one frame rate.
"""

from pyvideoai.annotations import folder

root = "my_videos"
sample_in = "seconds"
test_share, split_seed = 0.2, 0


def classes():
    return folder.classes(root)


def splits():
    return folder.splits(root, test_share=test_share, seed=split_seed)
