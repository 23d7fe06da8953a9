"""Test torchvision's S3D as its published score was made: one clip, of frames of 256x256 pixels, whatever their shape.

    tools/run_eval.py -D kinetics400 -M s3d -E torchvision_s3d_test --weights kinetics400 \\
        --set dataset.sample_in=seconds

Source: pytorch/vision, the weights' `transforms` and notes: 128 frames at 15 a second, scored by the clip.
Published: with the model. Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit
from pyvideoai.data.views_peers import TorchvisionViews

inherit("torchvision_test", test_views=TorchvisionViews(clips=1, scale=256, size=224, height=256, width=256))
