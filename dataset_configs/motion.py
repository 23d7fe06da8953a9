"""The built-in demo: eight kinds of motion that no single frame can tell apart, made in seconds on first use.

    tools/run_train.py -D motion -M i3d_tiny -E quickstart

960 H.264 clips of 48 frames, 96 x 96: 640 train, 80 val, 240 test, from different scenes each; chance is 12.5 %.
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
