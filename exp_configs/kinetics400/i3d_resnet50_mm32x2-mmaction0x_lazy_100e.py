"""MMAction2 0.x's I3D 32x2x1 "lazy" on Kinetics-400: crop first, resize once, as ours always does.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_mm32x2 -E mmaction0x_lazy_100e

Source: open-mmlab/mmaction2 0.24, configs/recognition/i3d/i3d_r50_lazy_32x2x1_100e_kinetics400_rgb.py
Published: Kinetics-400, 10 clips x 3 crops: 73.24 / 90.99 from frames with a short side of 256 pixels,
72.32 / 90.72 from frames of 340x256
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("mmaction0x_100e")
