"""MMAction2 1.x's I3D recipe: 100 epochs from ImageNet weights, uniform test clips. Serves any dataset and model.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_mm32x2 -E mmaction_100e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/i3d/,
i3d_imagenet-pretrained-r50_8xb8-32x2x1-100e_kinetics400-rgb.py
Published: with the pairs in exp_configs/kinetics400/. Reproduced, time, hardware: not yet measured.

Scores published for 0.x were made on other test frames: mmaction0x_100e. Theirs ran on 8 GPUs of 8 clips. Theirs
resizes frames to 256 and the crop to 224 after that; ours resizes the crop once, as their `lazy` does.
"""

import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip
from pyvideoai.data.pixels_peers import MMActionShortSide, MultiScaleCrop
from pyvideoai.data.sampling_peers import SampleFrames
from pyvideoai.data.views_peers import MMActionViews
from pyvideoai.optim import steps

num_epochs, milestones = 100, (40, 80)
global_batch, clips_per_device = 64, 8
learning_rate, momentum, weight_decay = 0.01, 0.9, 1e-4  # decay of batch norm and biases too
clip_grad_norm = 40.0
pretrained = "imagenet"

train_clip = SampleFrames(*model_cfg.clip)
train_pixels = [MMActionShortSide(256), MultiScaleCrop(224), HorizontalFlip()]
antialias = False
val_views = MMActionViews(clips=1, crops=1, scale=256, size=224)
test_views = MMActionViews(clips=10, crops=3, scale=256, size=256)


def optimiser(model):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum, weight_decay=weight_decay)


def lr_factor(epoch):
    return steps(epoch, milestones)
