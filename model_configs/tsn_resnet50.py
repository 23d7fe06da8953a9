"""TSN ResNet-50: the mean of eight frames' features (Wang et al., ECCV 2016), as in MMAction2.

Source: github.com/open-mmlab/mmaction2, 1.2.0
Clip: 8 frames, stride 8, or one of each of 8 segments; 224x224
Parameters: 24.33 M with 400 classes
GMACs: 32.7
Published: Kinetics-400 74.12 / 91.34 (8 segments), 73.80 / 91.21 (5), 72.83 / 90.65 (3), 71.37 / 89.67 (5, dense)
Protocol: 25 segments x 10 crops of 224 from 256
Verified: logits within 3e-6 of MMAction2's own, relative to the largest
"""

from pyvideoai.models.frames import AverageHead, FrameNetwork, torchvision_backbone
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet
from pyvideoai.models.weights.table import Weights

clip = (8, 8)
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.4
_MMACTION2 = "https://download.openmmlab.com/mmaction/v1.0/recognition/tsn/"


def _published(run, digest):
    return Weights(f"{_MMACTION2}{run}/{run}_20220906-{digest}.pth", licence="Apache-2.0", sha256=digest)


weights = {
    "kinetics400": _published("tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb", "2692d16c"),
    "kinetics400_5": _published("tsn_imagenet-pretrained-r50_8xb32-1x1x5-100e_kinetics400-rgb", "65d68713"),
    "kinetics400_3": _published("tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb", "cd10898e"),
    "kinetics400_dense": _published("tsn_imagenet-pretrained-r50_8xb32-dense-1x1x5-100e_kinetics400-rgb", "dcbc6e01"),
    "imagenet": imagenet.RESNET50_V2,
}


def load_model(num_classes):
    backbone, channels = torchvision_backbone("resnet50")
    return FrameNetwork(backbone, AverageHead(channels, num_classes, dropout=dropout))
