"""The HMDB-51 recipe of PyVideoAI's I3D model zoo (kiyoon/PyVideoAI, 2021-22), under its own name.

    tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_lr0001_batch8_8x8_largejit_plateau_1scrop5tcrop_split1

Published, split 1, 5 clips x 1 crop, top-1 / top-5: last 72.94 / 94.05, highest on test 73.20 / 94.05.
Reproduced, time, hardware: not yet measured.

How these numbers came about, as far as it is known: the official test list was the validation list
(`protocol = "literature"`), and "highest" is the best of the multi-crop evaluations on it, every 5 epochs. The network
applied softmax in evaluation and the validation loss applied it again, so that the plateau schedule followed a loss
that hardly moves; `--set plateau_on=val/loss_double_softmax` follows that one. The frames came from folders of JPEGs.
"""

import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views
from pyvideoai.metrics import LossDoubleSoftmax, MeanClassAccuracy, Top1, Top5
from pyvideoai.optim import OnPlateau

num_epochs = 200
global_batch = 8
learning_rate, momentum, weight_decay = 1e-4, 0.9, 5e-4
plateau_on, plateau_patience, plateau_factor = "val/loss", 10, 0.1
seed, test_period = 12, 5
protocol = "literature"
pretrained = "kinetics400"
metrics = [Top1(), Top5(), MeanClassAccuracy(), LossDoubleSoftmax()]

train_clip = Dense(*model_cfg.clip, short="slow_down")
train_pixels = [ShortSideJitter(224, 336), RandomCrop(224), HorizontalFlip()]
val_views = Views(clips=1, crops=1, scale=224, size=224)
test_views = Views(clips=5, crops=1, scale=224, size=224)


def optimiser(model):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum, weight_decay=weight_decay)


def scheduler(optimiser):
    return OnPlateau(
        torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "min", factor=plateau_factor, patience=plateau_patience),
        on=plateau_on,
    )
