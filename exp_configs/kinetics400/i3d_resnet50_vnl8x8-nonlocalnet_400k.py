"""video-nonlocal-net's I3D 8x8 on Kinetics-400, from ImageNet weights.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_vnl8x8 -E nonlocalnet_400k

Source: facebookresearch/video-nonlocal-net, scripts/run_i3d_baseline_400k.sh
Published: Kinetics-400, 10 clips x 3 crops: 73.4 / 90.9
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("nonlocalnet_400k")
