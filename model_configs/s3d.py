"""S3D: separable 3-D Inception (Xie et al., ECCV 2018).

Source: torchvision.models.video
Clip: 128 frames, stride 2 at 30 fps; 224x224
Parameters: 8.32 M with 400 classes
GMACs: 143.8
Published: Kinetics-400 68.37 / 88.05
Protocol: 1 clip x 1 centre crop of 224 from 256
Verified: the network is torchvision's own
"""

from torchvision.models.video import s3d

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (128, 2)
size = 224
normalise = Normalise(mean=(110.2008, 100.63983, 95.99475), std=(58.14765, 56.4647, 55.332465))
dropout = 0.2
weights = {
    "kinetics400": Weights(
        "https://download.pytorch.org/models/s3d-d76dad2f.pth",
        licence="BSD-3-Clause",
        sha256="d76dad2f",
    ),
}


def load_model(num_classes):
    return s3d(num_classes=num_classes, dropout=dropout)
