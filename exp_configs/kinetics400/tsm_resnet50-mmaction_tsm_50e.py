"""TSM ResNet-50 by MMAction2's recipe.

    tools/run_train.py -D kinetics400 -M tsm_resnet50 -E mmaction_tsm_50e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/tsm/,
tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_kinetics400-rgb.py
Published: Kinetics-400 73.18 / 90.56, 8 frames x 10 crops (MMAction2)
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("mmaction_tsm_50e")
