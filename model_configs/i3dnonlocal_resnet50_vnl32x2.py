"""I3D-Nonlocal ResNet-50 32x2 of video-nonlocal-net (run_i3d_nlnet_400k_32f.sh): the stem halves time twice.

Source: github.com/facebookresearch/video-nonlocal-net (CC-BY-NC 4.0)
Clip: 32 frames, stride 2; 224x224 in training, 256x256 in tests
Parameters: 35.40 M with 400 classes
GMACs: 41.0 at 224x224, 54.7 at 256x256
Published: Kinetics-400 74.9 / 91.6, ImageNet initialisation, 400k iterations
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: scores within 3e-6 of video-nonlocal-net's own graph, relative to the largest
"""

from pyvideoai.models.i3d import FIVE_PLACES, I3D
from pyvideoai.models.nonlocal_block import NonLocal
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet
from pyvideoai.models.weights.table import Weights

clip = (32, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/video-nonlocal/i3d_nonlocal_32x2_IN_pretrain_400k.pkl",
        licence="CC-BY-NC 4.0",
    ),
    "imagenet": imagenet.RESNET50,
}


def load_model(num_classes):
    return I3D(
        num_classes,
        width=width,
        dropout=dropout,
        stem_stride=(2, 2, 2),
        pool1=((2, 3, 3), (2, 2, 2), (0, 0, 0)),
        window=7,
        nonlocal_blocks=dict.fromkeys(FIVE_PLACES, NonLocal),
    )
