"""PySlowFast's X3D-S on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M x3d_s -E x3d_300e

Source: facebookresearch/SlowFast, configs/Kinetics/X3D_S.yaml
Published: Kinetics-400, 10 clips x 3 crops: 73.5 top-1
Reproduced, time, hardware: not yet measured.

PyTorchVideo, which trains by the same recipe: 73.33 / 91.27.
"""

from pyvideoai.config import inherit

inherit("x3d_300e")
