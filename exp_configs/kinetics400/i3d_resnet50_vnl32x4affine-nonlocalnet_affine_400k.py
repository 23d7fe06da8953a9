"""video-nonlocal-net's affine I3D 32x4 on Kinetics-400, from its 8x8 baseline.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_vnl32x4affine -E nonlocalnet_affine_400k

Source: facebookresearch/video-nonlocal-net, scripts/run_i3d_baseline_affine_400k.sh
Published: Kinetics-400, 10 clips x 3 crops: 75.5 / 92.0
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("nonlocalnet_affine_400k")
