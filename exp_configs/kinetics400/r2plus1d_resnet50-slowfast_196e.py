"""PyTorchVideo's R(2+1)D-50 16x4 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M r2plus1d_resnet50 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/pytorchvideo/R2PLUS1D_16x4_R50.yaml
Published: Kinetics-400, 10 clips x 3 crops: 76.01 / 92.23
Reproduced, time, hardware: not yet measured.

Published with 8 x 8 GPUs and 8 times the rate and the batch; this is the file, for one machine of 8.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
