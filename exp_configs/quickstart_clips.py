"""Train a small network from scratch on a few hundred real clips, on a CPU: `quickstart`, regularised.

    tools/run_train.py -D ucf101 --set dataset.root=my_ucf_subset -M i3d_tiny -E quickstart_clips

Score, time, hardware: docs/BENCHMARKS.md, on five classes of UCF-101.
"""

from pyvideoai.config import inherit, model_cfg
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter

_size = model_cfg.size

inherit(
    "quickstart",
    num_epochs=80,
    global_batch=8,
    weight_decay=0.05,
    label_smoothing=0.1,
    train_pixels=[ShortSideJitter(_size, _size * 10 // 7), RandomCrop(_size), HorizontalFlip()],
)
