"""MMAction2's TSM recipe: a frame of each of 8 segments, tested on ten crops. Serves any dataset and model.

    tools/run_train.py -D kinetics400 -M tsm_resnet50 -E mmaction_tsm_50e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/tsm/,
tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_kinetics400-rgb.py
Published: Kinetics-400 73.18 / 90.56 (`tsm_resnet50`). Reproduced, time, hardware: not yet measured.

Its dense option is `DenseSampleFrames(8, 8)` with ten clips. Theirs ran on 8 GPUs of 16 clips; it trains the
classifier's bias at ten times the rate, ours at five times, as its weights.
"""

import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip
from pyvideoai.data.pixels_peers import MMActionShortSide, MultiScaleCrop
from pyvideoai.data.sampling_peers import MMActionSegments
from pyvideoai.data.views_peers import MMActionTenCrop, MMActionViews
from pyvideoai.optim import groups, steps

num_epochs, milestones = 50, (25, 45)
warmup_epochs, warmup_from = 5, 0.1
global_batch, clips_per_device = 128, 16
learning_rate, momentum, weight_decay = 0.02, 0.9, 1e-4
head_factor = 5
clip_grad_norm = 20.0
pretrained = "imagenet"

train_clip = MMActionSegments(model_cfg.clip[0])
train_pixels = [MMActionShortSide(256), MultiScaleCrop(224, (1, 0.875, 0.75, 0.66), gap=1, places=13), HorizontalFlip()]
antialias = False
val_views = MMActionViews(clips=1, crops=1, scale=256, size=224)
test_views = MMActionTenCrop(clips=1, scale=256, size=224)


def optimiser(model):
    no_decay = {"norm_weight_decay": 0, "bias_weight_decay": 0}
    rates = {"learning_rate": learning_rate, "head_factor": head_factor}
    return torch.optim.SGD(
        groups(model, **rates, **no_decay), lr=learning_rate, momentum=momentum, weight_decay=weight_decay
    )


def lr_factor(epoch):
    return min(1, warmup_from + (1 - warmup_from) * epoch / warmup_epochs) * steps(epoch, milestones)
