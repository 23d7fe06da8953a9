"""PySlowFast's C2D 8x8 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M c2d_resnet50_nopool -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/c2/C2D_NOPOOL_8x8_R50.yaml
Published: Kinetics-400, 10 clips x 3 crops: 67.2 / 87.8
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
