"""Multi-scale TRN ResNet-50: relations of two to eight frames in their order (Zhou et al., ECCV 2018), as in MMAction2.

Source: github.com/open-mmlab/mmaction2, 1.2.0
Clip: 8 frames, stride 8, or one of each of 8 segments; 224x224
Parameters: 27.05 M with 400 classes
GMACs: 32.8
Published: Something-Something v2 51.20 / 78.42, v1 33.65 / 62.22
Protocol: 2 x 8 segments x 3 crops of 256
Verified: logits within 3e-6 of the mean of MMAction2's own over all that it draws in a test, relative to the largest
"""

from pyvideoai.models.frames import FrameNetwork, MultiScaleRelationHead, torchvision_backbone
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet
from pyvideoai.models.weights.table import Weights

clip = (8, 8)
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.8
_MMACTION2 = "https://download.openmmlab.com/mmaction/v1.0/recognition/trn/"


def _published(run, digest):
    return Weights(f"{_MMACTION2}{run}/{run}_20220815-{digest}.pth", licence="Apache-2.0", sha256=digest)


weights = {
    "something_v1": _published("trn_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv1-rgb", "e13db2e9"),
    "something_v2": _published("trn_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb", "e01617db"),
    "imagenet": imagenet.RESNET50_V2,
}


def load_model(num_classes):
    backbone, channels = torchvision_backbone("resnet50")
    return FrameNetwork(backbone, MultiScaleRelationHead(channels, num_classes, frames=clip[0], dropout=dropout))
