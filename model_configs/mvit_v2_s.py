"""MViTv2-S 16x4, an improved multiscale vision transformer (Li et al., CVPR 2022).

Source: torchvision.models.video
Clip: 16 frames, stride 4 at 30 fps; 224x224
Parameters: 34.54 M with 400 classes
GMACs: 64.2
Published: Kinetics-400 80.76 / 94.67
Protocol: 5 clips x 1 centre crop of 224 from 256
Verified: the network is torchvision's own
"""

from torchvision.models.video import mvit_v2_s

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (16, 4)
size = 224
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
weights = {
    "kinetics400": Weights(
        "https://download.pytorch.org/models/mvit_v2_s-ae3be167.pth",
        licence="BSD-3-Clause",
        sha256="ae3be167",
    ),
}


def load_model(num_classes):
    return mvit_v2_s(num_classes=num_classes, dropout=dropout)
