"""Video Swin-B (Liu et al., CVPR 2022).

Source: torchvision.models.video
Clip: 32 frames, stride 2 at 30 fps; 224x224
Parameters: 88.05 M with 400 classes
GMACs: 281.3
Published: Kinetics-400 79.43 / 94.39, from ImageNet-22k 81.64 / 95.57
Protocol: 12 clips x 1 centre crop of 224 from 256
Verified: the network is torchvision's own
"""

from torchvision.models.video import swin3d_b

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (32, 2)
size = 224
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.0
weights = {
    "kinetics400": Weights(
        "https://download.pytorch.org/models/swin3d_b_1k-24f7c7c6.pth",
        licence="BSD-3-Clause",
        sha256="24f7c7c6",
    ),
    "kinetics400_imagenet22k": Weights(
        "https://download.pytorch.org/models/swin3d_b_22k-7c6ae6fa.pth",
        licence="BSD-3-Clause",
        sha256="7c6ae6fa",
    ),
}


def load_model(num_classes):
    return swin3d_b(num_classes=num_classes, dropout=dropout)
