"""video-nonlocal-net's recipe: 400k iterations of 64 clips from ImageNet weights. Serves any dataset and model.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_vnl32x2 -E nonlocalnet_400k

Source: facebookresearch/video-nonlocal-net, scripts/run_i3d_baseline_400k_32f.sh, run_i3d_nlnet_400k_32f.sh and others
Published: with the pairs in exp_configs/kinetics400/. Reproduced, time, hardware: not yet measured.

400k iterations are 109.1 epochs of its 234,643 clips; ours are whole: 109, 399,594 steps. The rate drops after 3/8 and
3/4 of them (theirs at 150k and 300k). Theirs ran on 8 GPUs of 8 clips. Its own ImageNet ResNet-50 is another than
torchvision's, which "imagenet" is. Theirs crops and mirrors in validation too; ours takes the middle.
"""

import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling_peers import NonLocalNet
from pyvideoai.data.views_peers import NonLocalNetViews
from pyvideoai.optim import groups, steps

num_epochs = 109
milestones = (3 / 8 * num_epochs, 3 / 4 * num_epochs)
global_batch, clips_per_device = 64, 8
learning_rate, momentum, weight_decay = 0.01, 0.9, 1e-4
precise_bn = 200
pretrained = "imagenet"

train_clip = NonLocalNet(*model_cfg.clip)
train_pixels = [ShortSideJitter(256, 320), RandomCrop(224), HorizontalFlip()]
antialias = False
val_views = NonLocalNetViews(clips=1, crops=1, scale=256, size=224)
test_views = NonLocalNetViews(clips=10, crops=3, scale=256, size=256)


def optimiser(model):
    parameters = groups(model, norm_weight_decay=0)
    return torch.optim.SGD(parameters, lr=learning_rate, momentum=momentum, weight_decay=weight_decay, nesterov=True)


def lr_factor(epoch):
    return steps(epoch, milestones)
