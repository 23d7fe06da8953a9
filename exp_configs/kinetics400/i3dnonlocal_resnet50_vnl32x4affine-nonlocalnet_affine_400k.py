"""video-nonlocal-net's affine I3D-Nonlocal 32x4 on Kinetics-400, from its 8x8 baseline.

    tools/run_train.py -D kinetics400 -M i3dnonlocal_resnet50_vnl32x4affine -E nonlocalnet_affine_400k

Source: facebookresearch/video-nonlocal-net, scripts/run_i3d_nlnet_affine_400k.sh
Published: Kinetics-400, 10 clips x 3 crops: 76.5 / 92.6
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("nonlocalnet_affine_400k")
