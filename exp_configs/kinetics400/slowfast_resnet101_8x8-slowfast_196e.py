"""PyTorchVideo's SlowFast-101 8x8 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M slowfast_resnet101_8x8 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/pytorchvideo/SLOWFAST_8x8_R101.yaml
Published: Kinetics-400, 10 clips x 3 crops: 77.90 / 93.27
Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
