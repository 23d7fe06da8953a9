"""PySlowFast's SlowFast 8x8 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M slowfast_resnet50_8x8 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/c2/SLOWFAST_8x8_R50.yaml
Published: Kinetics-400, 10 clips x 3 crops: 77.0 / 92.6
Reproduced, time, hardware: not yet measured.

PyTorchVideo, which trains by the same recipe: 76.94 / 92.69.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
