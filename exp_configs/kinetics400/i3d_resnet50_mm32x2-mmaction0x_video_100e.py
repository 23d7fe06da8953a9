"""MMAction2 0.x's I3D 32x2x1 on Kinetics-400, from videos as ours always are.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_mm32x2 -E mmaction0x_video_100e

Source: open-mmlab/mmaction2 0.24, configs/recognition/i3d/i3d_r50_video_32x2x1_100e_kinetics400_rgb.py
Published: Kinetics-400, 10 clips x 3 crops: 72.85 / 90.75 from videos with a short side of 256 pixels
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("mmaction0x_100e")
