"""MMAction2 1.x's I3D-Nonlocal 32x2x1 with embedded gaussian on Kinetics-400.

    tools/run_train.py -D kinetics400 -M i3dnonlocal_resnet50_mm32x2embedded -E mmaction_100e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/i3d/,
i3d_imagenet-pretrained-r50-nl-embedded-gaussian_8xb8-32x2x1-100e_kinetics400-rgb.py
Published: Kinetics-400, 10 clips x 3 crops: 74.73 / 91.80
Reproduced, time, hardware: not yet measured.

0.x (i3d_nl_embedded_gaussian_r50_32x2x1_100e_kinetics400_rgb.py, "8x4" GPUs): 74.71 / 91.81;
its test frames are those of `-E mmaction0x_100e`.
"""

from pyvideoai.config import inherit

inherit("mmaction_100e")
