"""I3D ResNet-50 32x4 of video-nonlocal-net (run_i3d_baseline_affine_400k.sh): fixed scale and shift for batch norm.

Source: github.com/facebookresearch/video-nonlocal-net (CC-BY-NC 4.0)
Clip: 32 frames, stride 4; 224x224 in training, 256x256 in tests
Parameters: 27.99 M with 400 classes
GMACs: 112.4 at 224x224, 147.0 at 256x256
Published: Kinetics-400 75.5 / 92.0, initialised from the 8x8 baseline, 400k iterations
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: the same trunk as i3dnonlocal_resnet50_vnl32x4affine
"""

from pyvideoai.models.affine import Affine
from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (32, 4)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/video-nonlocal/i3d_baseline_32x4_I3D_pretrain_400k.pkl",
        licence="CC-BY-NC 4.0",
    ),
    "kinetics400_8x8": Weights(
        "https://dl.fbaipublicfiles.com/video-nonlocal/i3d_baseline_8x8_IN_pretrain_400k.pkl",
        licence="CC-BY-NC 4.0",
        note="what its training starts from; batch norm is folded",
    ),
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
    )
