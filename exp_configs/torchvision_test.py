"""Test torchvision's transformers for video as their published scores were made; train as crop224_plateau does.

    tools/run_eval.py -D kinetics400 -M mvit_v2_s -E torchvision_test --weights kinetics400 \\
        --set dataset.sample_in=seconds

Source: pytorch/vision, the weights' `transforms` and notes: 15 frames a second (7.5 for MViT), 5 clips of the middle.
Published: with the models. Reproduced, time, hardware: not yet measured.

The Video Swins take `--set test_views.clips=12`. Theirs leaves out videos that are shorter than a clip; ours slows them
down.
"""

from pyvideoai.config import inherit, model_cfg
from pyvideoai.data.pixels import HorizontalFlip, RandomResizedCrop
from pyvideoai.data.views_peers import TorchvisionViews

inherit(
    "crop224_plateau",
    train_pixels=[RandomResizedCrop(model_cfg.size), HorizontalFlip()],
    antialias=False,
    val_views=TorchvisionViews(clips=1, scale=model_cfg.size, size=model_cfg.size),
    test_views=TorchvisionViews(clips=5, scale=256, size=model_cfg.size),
)
