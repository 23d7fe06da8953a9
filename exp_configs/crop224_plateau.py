"""Fine-tune on 224 crops, learning rate on plateau. Our recommended recipe; serves any dataset and model.

    tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_plateau

Score, time, hardware: not yet measured.
"""

import torch

from pyvideoai.config import model_cfg, scaled
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views
from pyvideoai.optim import OnPlateau, groups

num_epochs = 100
global_batch = 32  # clips per step, over all processes: the recipe
clips_per_device = 8  # what batch norm sees
learning_rate = scaled(5e-4, per=32)  # follows global_batch
momentum, weight_decay = 0.9, 5e-4
plateau_on, plateau_patience, plateau_factor = None, 10, 0.1  # None: what chooses best.pth, val/top1 or val/map

train_clip = Dense(*model_cfg.clip, short="slow_down")
train_pixels = [ShortSideJitter(224, 336), RandomCrop(224), HorizontalFlip()]
val_views = Views(clips=1, crops=1, scale=224, size=224)
test_views = Views(clips=5, crops=1, scale=224, size=224)
pretrained = "kinetics400" if "kinetics400" in model_cfg.weights else None


def optimiser(model):
    return torch.optim.SGD(
        groups(model, norm_weight_decay=0), lr=learning_rate, momentum=momentum, weight_decay=weight_decay
    )


def scheduler(optimiser):
    return OnPlateau(
        torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "max", factor=plateau_factor, patience=plateau_patience),
        on=plateau_on,
    )
