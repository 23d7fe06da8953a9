"""PyTorchVideo's CSN-101 32x2 on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M csn_resnet101 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/pytorchvideo/CSN_32x2_R101.yaml
Published: Kinetics-400, 10 clips x 3 crops: 77.00 / 92.90
Reproduced, time, hardware: not yet measured.

Published with 16 x 8 GPUs and 16 times the rate and the batch; this is the file, for one machine of 8.
"""

from pyvideoai.config import inherit

inherit("slowfast_196e")
