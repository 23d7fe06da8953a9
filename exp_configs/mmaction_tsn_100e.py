"""MMAction2's TSN recipe: a frame of each of 8 segments, tested on 25 frames and ten crops. Any dataset and model.

    tools/run_train.py -D kinetics400 -M tsn_resnet50 -E mmaction_tsn_100e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/tsn/,
tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb.py
Published: Kinetics-400 74.12 / 91.34 (`tsn_resnet50`). Reproduced, time, hardware: not yet measured.

Theirs ran on 8 GPUs of 32 clips, and validates on 8 frames; ours on 25.
"""

from pyvideoai.config import inherit, model_cfg
from pyvideoai.data.pixels import HorizontalFlip
from pyvideoai.data.pixels_peers import MMActionShortSide, MultiScaleCrop
from pyvideoai.data.sampling_peers import MMActionSegments
from pyvideoai.data.views_peers import MMActionTenCrop

inherit(
    "mmaction_100e",
    global_batch=256,
    clips_per_device=32,
    train_clip=MMActionSegments(model_cfg.clip[0], test_frames=25),
    train_pixels=[MMActionShortSide(256), MultiScaleCrop(224, (1, 0.875, 0.75, 0.66), gap=1), HorizontalFlip()],
    test_views=MMActionTenCrop(clips=1, scale=256, size=224),
)
