"""Test torchvision's 3-D ResNets as their published scores were made: frames of 128x171 pixels, whatever their shape.

    tools/run_eval.py -D kinetics400 -M r3d_18 -E torchvision_resnet_test --weights kinetics400 \\
        --set dataset.sample_in=seconds

Source: pytorch/vision, the weights' `transforms` and notes: 15 frames a second, 5 clips of the middle.
Published: with the models. Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit
from pyvideoai.data.views_peers import TorchvisionViews

inherit("torchvision_test", test_views=TorchvisionViews(clips=5, scale=128, size=112, height=128, width=171))
