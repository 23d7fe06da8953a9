"""PySlowFast's recipe from ImageNet weights: steps over 118 epochs. Serves any dataset and model.

    tools/run_train.py -D kinetics400 -M i3d_resnet50 -E slowfast_imagenet_118e

Source: facebookresearch/SlowFast, configs/Kinetics/I3D_8x8_R50_IN1K.yaml and I3D_NLN_8x8_R50_IN1K.yaml
Published: no scores. Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit
from pyvideoai.optim import steps

milestones = (44, 88)
inherit("slowfast_196e", num_epochs=118, warmup_epochs=0, learning_rate=0.01, pretrained="imagenet")


def lr_factor(epoch):
    return steps(epoch, milestones)
