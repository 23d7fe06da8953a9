"""PySlowFast's Slow 4x16 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M slow_resnet50_4x16 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/c2/SLOW_4x16_R50.yaml
Published: Kinetics-400, 10 clips x 3 crops: 72.7 / 90.3
Reproduced, time, hardware: not yet measured.

PyTorchVideo, which trains by the same recipe: 72.40 / 90.18.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
