"""R(2+1)D ResNet-50 16x4 of PyTorchVideo: each convolution over space and time is one over time, then one over space.

Source: github.com/facebookresearch/pytorchvideo, 0.1.5
Clip: 16 frames, stride 4; 224x224 in training, 256x256 in tests
Parameters: 28.11 M with 400 classes
GMACs: 57.5 at 224x224, 75.1 at 256x256
Published: Kinetics-400 76.01 / 92.23, trained from scratch
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: logits within 3e-6 of PyTorchVideo's own, relative to the largest
"""

from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (16, 4)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/R2PLUS1D_16x4_R50.pyth",
        licence="Apache-2.0",
    ),
}


def load_model(num_classes):
    return I3D(
        num_classes,
        width=width,
        dropout=dropout,
        window=7,
        stem=(1, 7, 7),
        pool1=None,
        pool2=(1, 1, 1),
        strides=((1, 2, 2), (1, 2, 2), (2, 2, 2), (2, 2, 2)),
        inflate=((3,), (3,), (3,), (3,)),
        inflate_style="2+1",
    )
