"""A network of a few thousand parameters."""

from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise

clip = (4, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))


def load_model(num_classes):
    return I3D(num_classes, depth=18, width=2, dropout=0.2)
