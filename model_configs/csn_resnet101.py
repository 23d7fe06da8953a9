"""Channel-separated network (ir-CSN) ResNet-101 32x2 of PyTorchVideo: its 3x3x3 convolutions are depthwise.

Source: github.com/facebookresearch/pytorchvideo, 0.1.5
Clip: 32 frames, stride 2; 224x224 in training, 256x256 in tests
Parameters: 22.21 M with 400 classes
GMACs: 56.5 at 224x224, 73.8 at 256x256
Published: Kinetics-400 77.00 / 92.90, trained from scratch
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: logits within 3e-6 of PyTorchVideo's own, relative to the largest
"""

from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (32, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/CSN_32x2_R101.pyth",
        licence="Apache-2.0",
    ),
}


def load_model(num_classes):
    return I3D(
        num_classes,
        width=width,
        dropout=dropout,
        window=7,
        depth=101,
        stem=(3, 7, 7),
        pool2=(1, 1, 1),
        strides=((1, 1, 1), (2, 2, 2), (2, 2, 2), (2, 2, 2)),
        inflate=((3,), (3,), (3,), (3,)),
        inflate_style="depthwise",
    )
