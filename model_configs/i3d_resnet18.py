"""I3D ResNet-18: our own small relative of I3D ResNet-50, for CPUs and first trials.

Source: ours
Clip: 8 frames, stride 8; 224x224
Parameters: 17.02 M with 400 classes
GMACs: 18.9
Published: nothing
Protocol: none
Verified: nothing to compare with
"""

from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (8, 8)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "imagenet": Weights(
        "https://download.pytorch.org/models/resnet18-f37072fd.pth",
        licence="BSD-3-Clause",
        sha256="f37072fd",
        note="torchvision ResNet-18, inflated; seen with the ImageNet mean and std",
    ),
}


def load_model(num_classes):
    return I3D(num_classes, depth=18, width=width, dropout=dropout, window=7)
