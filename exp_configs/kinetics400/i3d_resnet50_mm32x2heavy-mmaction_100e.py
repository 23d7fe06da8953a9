"""MMAction2 1.x's I3D 32x2x1 "heavy" on Kinetics-400.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_mm32x2heavy -E mmaction_100e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/i3d/,
i3d_imagenet-pretrained-r50-heavy_8xb8-32x2x1-100e_kinetics400-rgb.py
Published: Kinetics-400, 10 clips x 3 crops: 76.21 / 92.48
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("mmaction_100e")
