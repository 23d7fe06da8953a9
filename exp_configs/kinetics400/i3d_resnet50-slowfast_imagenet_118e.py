"""PySlowFast's I3D 8x8 on Kinetics-400, from ImageNet weights.

    tools/run_train.py -D kinetics400 -M i3d_resnet50 -E slowfast_imagenet_118e

Source: facebookresearch/SlowFast, configs/Kinetics/I3D_8x8_R50_IN1K.yaml
Published: Kinetics-400, 10 clips x 3 crops: nothing
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("slowfast_imagenet_118e")
