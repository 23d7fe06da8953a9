"""PySlowFast's X3D-M on Kinetics-400, from scratch.

    tools/run_train.py -D kinetics400 -M x3d_m -E x3d_300e

Source: facebookresearch/SlowFast, configs/Kinetics/X3D_M.yaml
Published: Kinetics-400, 10 clips x 3 crops: 76.2 top-1
Reproduced, time, hardware: not yet measured.

PyTorchVideo, which trains by the same recipe: 75.94 / 92.72.
"""

from pyvideoai.config import inherit
from pyvideoai.data.pixels import HorizontalFlip
from pyvideoai.data.pixels_peers import SlowFastJitter, SlowFastRandomCrop
from pyvideoai.data.views import Views

inherit(
    "x3d_300e",
    train_pixels=[SlowFastJitter(256, 320), SlowFastRandomCrop(224), HorizontalFlip()],
    val_views=Views(clips=1, crops=1, scale=256, size=224),
    test_views=Views(clips=10, crops=3, scale=256, size=256),
)
