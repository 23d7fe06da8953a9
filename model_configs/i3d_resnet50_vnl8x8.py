"""I3D ResNet-50 8x8 of video-nonlocal-net (run_i3d_baseline_400k.sh): pool1 without padding.

Source: github.com/facebookresearch/video-nonlocal-net (CC-BY-NC 4.0)
Clip: 8 frames, stride 8; 224x224 in training, 256x256 in tests
Parameters: 28.04 M with 400 classes
GMACs: 28.1 at 224x224, 36.8 at 256x256
Published: Kinetics-400 73.4 / 90.9, ImageNet initialisation, 400k iterations
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: scores within 3e-6 of video-nonlocal-net's own graph, relative to the largest
"""

from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet
from pyvideoai.models.weights.table import Weights

clip = (8, 8)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/video-nonlocal/i3d_baseline_8x8_IN_pretrain_400k.pkl",
        licence="CC-BY-NC 4.0",
    ),
    "imagenet": imagenet.RESNET50,
}


def load_model(num_classes):
    return I3D(
        num_classes,
        width=width,
        dropout=dropout,
        pool1=((1, 3, 3), (1, 2, 2), (0, 0, 0)),
        window=7,
    )
