"""A few steps, with what 0.1.0's configs import."""

import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views
from pyvideoai.engine.optim import groups
from pyvideoai.engine.schedules import EachStep
from pyvideoai.engine.stopping import no_progress
from pyvideoai.metrics import MeanClassAccuracy, Top1

num_epochs = 3
global_batch = 4
learning_rate = 0.05
workers = 0
metrics = [Top1(), MeanClassAccuracy()]
train_clip = Dense(*model_cfg.clip)
train_pixels = [ShortSideJitter(32, 40), RandomCrop(32), HorizontalFlip()]
val_views = Views(clips=1, crops=1, scale=32, size=32)
test_views = Views(clips=2, crops=3, scale=32, size=32)


def optimiser(model):
    return torch.optim.SGD(groups(model, norm_weight_decay=0), lr=learning_rate, momentum=0.9)


def scheduler(optimiser):
    return EachStep(torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=9))


def on_epoch_end(state):
    return no_progress(state.history, "val/loss", epochs=5, higher_is_better=False)
