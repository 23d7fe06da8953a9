"""PySlowFast's recipe of X3D-XS and S from scratch: cosine over 300 epochs on 160 crops. Serves any dataset and model.

    tools/run_train.py -D kinetics400 -M x3d_s -E x3d_300e

Source: facebookresearch/SlowFast, configs/Kinetics/X3D_XS.yaml and X3D_S.yaml
Published: with the pairs in exp_configs/kinetics400/. Reproduced, time, hardware: not yet measured.

Otherwise as slowfast_196e. Theirs ran on 8 GPUs of 16 clips, which is what batch norm sees here.
"""

from pyvideoai.config import inherit
from pyvideoai.data.pixels import HorizontalFlip
from pyvideoai.data.pixels_peers import SlowFastJitter, SlowFastRandomCrop
from pyvideoai.data.views import Views

inherit(
    "slowfast_196e",
    num_epochs=300,
    warmup_epochs=35,
    global_batch=128,
    clips_per_device=16,
    weight_decay=5e-5,
    train_pixels=[SlowFastJitter(182, 228), SlowFastRandomCrop(160), HorizontalFlip()],
    val_views=Views(clips=1, crops=1, scale=182, size=160),
    test_views=Views(clips=10, crops=3, scale=182, size=182),
)
