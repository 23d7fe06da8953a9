"""Train only the head, on what the frozen network gives for a few fixed views of each video. Any dataset and model.

    tools/run_train.py -D hmdb -M i3d_resnet50 -E probe

The network runs once for each view; data/features keeps what it gave, and later epochs, seeds of the head and runs with
other learning rates take seconds. Clip, input size and fps are the model's.
Score, time, hardware: not yet measured.
"""

import torch

from pyvideoai.config import model_cfg, scaled
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views
from pyvideoai.optim import cosine, groups

num_epochs, warmup_epochs = 40, 1
global_batch, clips_per_device = 32, 8
learning_rate, weight_decay = scaled(2e-3, per=32), 0.01
fixed_views = 4
memory_format = "contiguous"  # timing both would take longer than an epoch of the head
freeze = "backbone"
pretrained = next((name for name in ("kinetics400", "imagenet", "unlabelled") if name in model_cfg.weights), None)

_size = model_cfg.size
_scale = _size * 8 // 7  # 256 for 224, 128 for 112
train_clip = Dense(*model_cfg.clip, short="slow_down")
train_pixels = [ShortSideJitter(_scale, _size * 10 // 7), RandomCrop(_size), HorizontalFlip()]
val_views = Views(clips=1, crops=1, scale=_scale, size=_size)
test_views = Views(clips=1, crops=1, scale=_scale, size=_size)


def optimiser(model):
    no_decay = {"norm_weight_decay": 0, "bias_weight_decay": 0}
    return torch.optim.AdamW(groups(model, **no_decay), lr=learning_rate, weight_decay=weight_decay)


def lr_factor(epoch):
    return cosine(epoch, num_epochs, warmup_epochs=warmup_epochs)
