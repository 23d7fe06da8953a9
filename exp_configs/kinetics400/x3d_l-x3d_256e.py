"""PySlowFast's X3D-L on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M x3d_l -E x3d_256e

Source: facebookresearch/SlowFast, configs/Kinetics/X3D_L.yaml
Published: Kinetics-400, 10 clips x 3 crops: 77.5 top-1
Reproduced, time, hardware: not yet measured.

PyTorchVideo, which trains by the same recipe: 77.44 top-1.
"""

from pyvideoai.config import inherit
from pyvideoai.data.pixels import HorizontalFlip
from pyvideoai.data.pixels_peers import SlowFastJitter, SlowFastRandomCrop
from pyvideoai.data.views import Views

inherit(
    "x3d_300e",
    num_epochs=256,
    global_batch=64,
    clips_per_device=8,
    learning_rate=0.05,
    warmup_from=0.2,
    train_pixels=[SlowFastJitter(356, 446), SlowFastRandomCrop(312), HorizontalFlip()],
    val_views=Views(clips=1, crops=1, scale=356, size=312),
    test_views=Views(clips=10, crops=3, scale=356, size=356),
)
