"""TSM ResNet-50: a 2-D ResNet whose blocks see the frames before and after (Lin et al., ICCV 2019), as in MMAction2.

Source: github.com/open-mmlab/mmaction2, 1.2.0
Clip: 8 frames, stride 8, or one of each of 8 segments; 224x224
Parameters: 24.33 M with 400 classes
GMACs: 32.7
Published: Kinetics-400 73.18 / 90.56 (50 epochs), 73.22 / 90.22 (100), 73.38 / 90.78 (dense), 75.12 / 91.55 (16 frames)
Protocol: 8 segments x 10 crops of 224 from 256
Verified: logits within 3e-6 of MMAction2's own, relative to the largest
"""

from pyvideoai.models.frames import AverageHead, FrameNetwork, shift_blocks, torchvision_backbone
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet
from pyvideoai.models.weights.table import Weights

clip = (8, 8)
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.5
_MMACTION2 = "https://download.openmmlab.com/mmaction/v1.0/recognition/tsm/"


def _published(run, digest, day="20220831"):
    return Weights(f"{_MMACTION2}{run}/{run}_{day}-{digest}.pth", licence="Apache-2.0", sha256=digest)


weights = {
    "kinetics400": _published("tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_kinetics400-rgb", "64d69186"),
    "kinetics400_100e": _published("tsm_imagenet-pretrained-r50_8xb16-1x1x8-100e_kinetics400-rgb", "a6db1e5d"),
    "kinetics400_dense": _published("tsm_imagenet-pretrained-r50_8xb16-dense-1x1x8-50e_kinetics400-rgb", "f55d3c2b"),
    "kinetics400_16": _published("tsm_imagenet-pretrained-r50_8xb16-1x1x16-50e_kinetics400-rgb", "042b1748"),
    "something_v2": _published("tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb", "be0fc26e", "20230317"),
    "something_v2_16": _published("tsm_imagenet-pretrained-r50_8xb16-1x1x16-50e_sthv2-rgb", "ec6696ad", "20230317"),
    "imagenet": imagenet.RESNET50_V2,
}


def load_model(num_classes):
    backbone, channels = torchvision_backbone("resnet50")
    head = AverageHead(channels, num_classes, dropout=dropout, per_frame=True, spread=0.001)
    return FrameNetwork(shift_blocks(backbone), head)
