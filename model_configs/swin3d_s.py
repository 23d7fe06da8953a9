"""Video Swin-S (Liu et al., CVPR 2022).

Source: torchvision.models.video
Clip: 32 frames, stride 2 at 30 fps; 224x224
Parameters: 49.82 M with 400 classes
GMACs: 165.7
Published: Kinetics-400 79.52 / 94.16
Protocol: 12 clips x 1 centre crop of 224 from 256
Verified: the network is torchvision's own
"""

from torchvision.models.video import swin3d_s

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (32, 2)
size = 224
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.0
weights = {
    "kinetics400": Weights(
        "https://download.pytorch.org/models/swin3d_s-da41c237.pth",
        licence="BSD-3-Clause",
        sha256="da41c237",
    ),
}


def load_model(num_classes):
    return swin3d_s(num_classes=num_classes, dropout=dropout)
