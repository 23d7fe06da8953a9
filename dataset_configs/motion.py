"""The built-in demo: ten kinds of motion that no single frame can tell apart, made in seconds on first use.

    tools/run_train.py -D motion -M i3d_tiny -E quickstart

1,040 H.264 clips of 48 frames, 96 x 96: 640 train, 100 val, 300 test, from different scenes each; chance is 10 %.
"""

from pyvideoai.annotations import motion
from pyvideoai.annotations.scene import CLASSES

root = "data/motion"
flip_keeps_label = False  # a mirrored "left" is a "right"


def prepare():
    motion.make(root)


def classes():
    return list(CLASSES)


def splits():
    return motion.splits(root)
