"""PySlowFast's I3D 8x8 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M i3d_resnet50 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/c2/I3D_8x8_R50.yaml
Published: Kinetics-400, 10 clips x 3 crops: 73.5 / 90.8
Reproduced, time, hardware: not yet measured.

PyTorchVideo, which trains by the same recipe: 73.27 / 90.70.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
