"""PySlowFast's X3D-XS on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M x3d_xs -E x3d_300e

Source: facebookresearch/SlowFast, configs/Kinetics/X3D_XS.yaml
Published: Kinetics-400, 10 clips x 3 crops: 69.5 top-1
Reproduced, time, hardware: not yet measured.

PyTorchVideo, which trains by the same recipe: 69.12 / 88.63.
"""

from pyvideoai.config import inherit

inherit("x3d_300e")
