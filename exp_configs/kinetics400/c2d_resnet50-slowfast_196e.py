"""PyTorchVideo's C2D 8x8 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M c2d_resnet50 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/pytorchvideo/C2D_8x8_R50.yaml
Published: Kinetics-400, 10 clips x 3 crops: 71.46 / 89.68
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
