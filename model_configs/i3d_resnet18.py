"""I3D ResNet-18: our own small relative of I3D ResNet-50, for CPUs and first trials.

Source: ours
Clip: 8 frames, stride 8; 224x224
Parameters: 17.02 M with 400 classes
GMACs: 18.9 at 224x224
Published: nothing
"""

from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise

clip = (8, 8)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64


def load_model(num_classes):
    return I3D(num_classes, depth=18, width=width, dropout=dropout, window=7)
