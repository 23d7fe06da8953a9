"""MMAction2's I3D 32x2x1 with dense sampling on Kinetics-400.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_mm32x2 -E mmaction_dense_100e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/i3d/,
i3d_imagenet-pretrained-r50_8xb8-dense-32x2x1-100e_kinetics400-rgb.py
Published: Kinetics-400, 10 clips x 3 crops: 73.77 / 91.35
Reproduced, time, hardware: not yet measured.

0.x (i3d_r50_dense_32x2x1_100e_kinetics400_rgb.py): 73.48 / 91.00 from videos with a short side of 256 pixels,
72.77 / 90.57 from 340x256, trained on twice as many GPUs as the others.
"""

from pyvideoai.config import inherit

inherit("mmaction_dense_100e")
