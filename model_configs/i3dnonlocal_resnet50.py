"""I3D-Nonlocal ResNet-50 8x8 of PySlowFast (configs/Kinetics/c2/I3D_NLN_8x8_R50.yaml).

Source: github.com/facebookresearch/SlowFast
Clip: 8 frames, stride 8; 224x224 in training, 256x256 in tests
Parameters: 35.40 M with 400 classes
GMACs: 36.5 at 224x224, 48.9 at 256x256
Published: Kinetics-400 74.0 / 91.1, trained from scratch
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: scores within 2e-6 of PySlowFast's own, relative to the largest
"""

from pyvideoai.models.i3d import FIVE_PLACES, I3D
from pyvideoai.models.nonlocal_block import NonLocal
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet
from pyvideoai.models.weights.table import Weights

clip = (8, 8)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pyslowfast/model_zoo/kinetics400/I3D_NLN_8x8_R50.pkl",
        licence="Apache-2.0",
    ),
    "imagenet": imagenet.RESNET50_OF_PYSLOWFAST,
}


def load_model(num_classes):
    return I3D(
        num_classes,
        width=width,
        dropout=dropout,
        window=7,
        nonlocal_blocks=dict.fromkeys(FIVE_PLACES, NonLocal),
    )
