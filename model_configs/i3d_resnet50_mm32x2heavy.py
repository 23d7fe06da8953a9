"""I3D ResNet-50 32x2x1 "heavy" of MMAction2: every block sees three frames, time stays whole until pool2.

Source: github.com/open-mmlab/mmaction2, 1.2.0
Clip: 32 frames, stride 2; 224x224 in training, 256x256 in tests
Parameters: 33.02 M with 400 classes
GMACs: 126.8 at 224x224, 165.6 at 256x256
Published: Kinetics-400 76.21 / 92.48, ImageNet initialisation
Protocol: 10 clips x 3 crops of 256
Verified: logits within 3e-6 of MMAction2's own, relative to the largest
"""

from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet
from pyvideoai.models.weights.table import Weights

clip = (32, 2)
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://download.openmmlab.com/mmaction/v1.0/recognition/i3d/"
        "i3d_imagenet-pretrained-r50-heavy_8xb8-32x2x1-100e_kinetics400-rgb/"
        "i3d_imagenet-pretrained-r50-heavy_8xb8-32x2x1-100e_kinetics400-rgb_20220812-ed501b31.pth",
        licence="Apache-2.0",
        sha256="ed501b31",
    ),
    "imagenet": imagenet.RESNET50,
}


def load_model(num_classes):
    return I3D(
        num_classes,
        width=width,
        dropout=dropout,
        inflate=((3,), (3,), (3,), (3,)),
        zero_init=False,
    )
