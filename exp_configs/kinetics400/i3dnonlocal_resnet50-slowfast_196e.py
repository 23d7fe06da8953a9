"""PySlowFast's I3D-Nonlocal 8x8 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M i3dnonlocal_resnet50 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/c2/I3D_NLN_8x8_R50.yaml
Published: Kinetics-400, 10 clips x 3 crops: 74.0 / 91.1
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
