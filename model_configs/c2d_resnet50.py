"""C2D ResNet-50 8x8 of PyTorchVideo: no convolution extends over time, pool2 halves it.

Source: github.com/facebookresearch/pytorchvideo, 0.1.5
Clip: 8 frames, stride 8; 224x224 in training, 256x256 in tests
Parameters: 24.33 M with 400 classes
GMACs: 19.5 at 224x224, 25.5 at 256x256
Published: Kinetics-400 71.46 / 89.68, trained from scratch
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: logits within 3e-6 of PyTorchVideo's own, relative to the largest
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
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/C2D_8x8_R50.pyth",
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
        stem=(1, 7, 7),
        inflate=((1,), (1,), (1,), (1,)),
    )
