"""TSN ResNet-50 by MMAction2's recipe.

    tools/run_train.py -D kinetics400 -M tsn_resnet50 -E mmaction_tsn_100e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/tsn/,
tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb.py
Published: Kinetics-400 74.12 / 91.34, 25 frames x 10 crops (MMAction2)
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("mmaction_tsn_100e")
