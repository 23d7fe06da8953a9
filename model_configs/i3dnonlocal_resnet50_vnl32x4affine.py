"""I3D-Nonlocal ResNet-50 32x4 of video-nonlocal-net (run_i3d_nlnet_affine_400k.sh): no batch norm.

Source: github.com/facebookresearch/video-nonlocal-net (CC-BY-NC 4.0)
Clip: 32 frames, stride 4; 224x224 in training, 256x256 in tests
Parameters: 35.34 M with 400 classes
GMACs: 150.6 at 224x224, 204.0 at 256x256
Published: Kinetics-400 76.5 / 92.6, initialised from the 8x8 baseline, 400k iterations
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: scores within 2e-6 of video-nonlocal-net's own graph, relative to the largest
"""

from functools import partial

from pyvideoai.models.affine import Affine
from pyvideoai.models.i3d import FIVE_PLACES, I3D
from pyvideoai.models.nonlocal_block import NonLocal
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (32, 4)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/video-nonlocal/i3d_nonlocal_32x4_I3D_pretrain_400k.pkl",
        licence="CC-BY-NC 4.0",
    ),
    "kinetics400_8x8": Weights(
        "https://dl.fbaipublicfiles.com/video-nonlocal/i3d_baseline_8x8_IN_pretrain_400k.pkl",
        licence="CC-BY-NC 4.0",
        note="what its training starts from; batch norm is folded",
    ),
}
# those of res3 attend inside groups of 4 frames; none has batch norm
_NONLOCAL = {
    place: partial(NonLocal, norm=None, frames=4 if place.startswith("layer2") else None) for place in FIVE_PLACES
}


def load_model(num_classes):
    return I3D(
        num_classes,
        width=width,
        dropout=dropout,
        pool1=((1, 3, 3), (1, 2, 2), (0, 0, 0)),
        window=7,
        norm=Affine,
        zero_init=False,
        nonlocal_blocks=_NONLOCAL,
    )
