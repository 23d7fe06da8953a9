"""I3D ResNet-18 with a quarter of the channels, for 64 x 64 pixels: what a CPU trains in minutes.

Source: ours
Clip: 8 frames, stride 4; 64x64
Parameters: 1.11 M with 400 classes
GMACs: 0.2
Published: nothing
Protocol: none
Verified: nothing to compare with
"""

from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise

clip = (8, 4)
size = 64
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.2
width = 16


def load_model(num_classes):
    return I3D(num_classes, depth=18, width=width, dropout=dropout)
