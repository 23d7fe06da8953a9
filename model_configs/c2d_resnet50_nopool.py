"""C2D ResNet-50 8x8 of PySlowFast (configs/Kinetics/c2/C2D_NOPOOL_8x8_R50.yaml): frames meet in the head only.

Source: github.com/facebookresearch/SlowFast
Clip: 8 frames, stride 8; 224x224 in training, 256x256 in tests
Parameters: 24.33 M with 400 classes
GMACs: 32.7 at 224x224, 42.7 at 256x256
Published: Kinetics-400 67.2 / 87.8, trained from scratch
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: the trunk of c2d_resnet50 and slow_resnet50_8x8
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
        "https://dl.fbaipublicfiles.com/pyslowfast/model_zoo/kinetics400/C2D_NOPOOL_8x8_R50.pkl",
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
        pool2=(1, 1, 1),
        inflate=((1,), (1,), (1,), (1,)),
    )
