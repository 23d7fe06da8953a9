"""MViT-B 16x4, a multiscale vision transformer (Fan et al., ICCV 2021).

Source: torchvision.models.video
Clip: 16 frames, stride 4 at 30 fps; 224x224
Parameters: 36.61 M with 400 classes
GMACs: 70.6
Published: Kinetics-400 78.48 / 93.58
Protocol: 5 clips x 1 centre crop of 224 from 256
Verified: the network is torchvision's own
"""

from torchvision.models.video import mvit_v1_b

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (16, 4)
size = 224
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
weights = {
    "kinetics400": Weights(
        "https://download.pytorch.org/models/mvit_v1_b-dbeb1030.pth",
        licence="BSD-3-Clause",
        sha256="dbeb1030",
    ),
}


def load_model(num_classes):
    return mvit_v1_b(num_classes=num_classes, dropout=dropout)
