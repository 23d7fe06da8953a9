"""PySlowFast's SlowFast 4x16 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M slowfast_resnet50_4x16 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/c2/SLOWFAST_4x16_R50.yaml
Published: Kinetics-400, 10 clips x 3 crops: 75.6 / 92.0
Reproduced, time, hardware: not yet measured.

PyTorchVideo, which trains by the same recipe: 75.34 / 91.89.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
