"""Fine-tune published weights with AdamW: layer decay, a faster head, cosine. Serves any dataset and model.

    tools/run_train.py -D hmdb -M mvit_v2_s -E finetune_adamw --set amp=bf16

Clip, input size and fps are the model's. Test views: 5 clips of the centre crop, as torchvision tests its networks.
Score, time, hardware: not yet measured.
"""

import torch

from pyvideoai.config import model_cfg, scaled
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views
from pyvideoai.optim import cosine, groups

num_epochs, warmup_epochs = 30, 2.5
global_batch, clips_per_device = 32, 8
learning_rate, weight_decay = scaled(1e-4, per=32), 0.05  # the head has 10 times as much, the stage before it 0.9
head_factor, layer_decay = 10, 0.9
clip_grad_norm = 1.0
pretrained = next((name for name in ("kinetics400", "imagenet", "unlabelled") if name in model_cfg.weights), None)

_size = model_cfg.size
_scale = _size * 8 // 7  # 256 for 224, 128 for 112
train_clip = Dense(*model_cfg.clip, short="slow_down")
train_pixels = [ShortSideJitter(_scale, _size * 10 // 7), RandomCrop(_size), HorizontalFlip()]
val_views = Views(clips=1, crops=1, scale=_scale, size=_size)
test_views = Views(clips=5, crops=1, scale=_scale, size=_size)


def optimiser(model):
    no_decay = {"norm_weight_decay": 0, "bias_weight_decay": 0}
    rates = {"learning_rate": learning_rate, "head_factor": head_factor, "layer_decay": layer_decay}
    return torch.optim.AdamW(groups(model, **rates, **no_decay), lr=learning_rate, weight_decay=weight_decay)


def lr_factor(epoch):
    return cosine(epoch, num_epochs, warmup_epochs=warmup_epochs)
