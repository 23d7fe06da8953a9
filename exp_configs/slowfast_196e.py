"""PySlowFast's recipe from scratch: cosine over 196 epochs, precise batch norm. Serves any dataset and model.

    tools/run_train.py -D kinetics400 -M i3d_resnet50 -E slowfast_196e

Source: facebookresearch/SlowFast, configs/Kinetics/c2/I3D_8x8_R50.yaml and I3D_NLN_8x8_R50.yaml
Published: with the pairs in exp_configs/kinetics400/. Reproduced, time, hardware: not yet measured.

Theirs ran on 8 GPUs of 8 clips, which is what batch norm sees here with any number of processes. Theirs normalises
before it resizes, in floating point; ours resizes in uint8. Theirs validates random crops; ours the middle.
"""

import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip
from pyvideoai.data.pixels_peers import SlowFastJitter, SlowFastRandomCrop
from pyvideoai.data.sampling_peers import SlowFast
from pyvideoai.data.views import Views
from pyvideoai.optim import cosine, groups

num_epochs, warmup_epochs, warmup_from = 196, 34, 0.1  # from 0.01 in a line to where the cosine is after 34 epochs
global_batch, clips_per_device = 64, 8
learning_rate, momentum, weight_decay = 0.1, 0.9, 1e-4
precise_bn = 200

train_clip = SlowFast(*model_cfg.clip)
train_pixels = [SlowFastJitter(256, 320), SlowFastRandomCrop(224), HorizontalFlip()]
antialias = False
val_views = Views(clips=1, crops=1, scale=256, size=224)
test_views = Views(clips=10, crops=3, scale=256, size=256)


def optimiser(model):
    parameters = groups(model, norm_weight_decay=0)
    return torch.optim.SGD(parameters, lr=learning_rate, momentum=momentum, weight_decay=weight_decay, nesterov=True)


def lr_factor(epoch):
    return cosine(epoch, num_epochs, warmup_epochs=warmup_epochs, warmup_from=warmup_from)
