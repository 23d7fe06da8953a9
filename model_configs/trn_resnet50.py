"""TRN ResNet-50: one relation of eight frames in their order (Zhou et al., ECCV 2018), with MMAction2's sizes.

Source: github.com/open-mmlab/mmaction2, 1.2.0
Clip: 8 frames, stride 8, or one of each of 8 segments; 224x224
Parameters: 25.29 M with 400 classes
GMACs: 32.7
Published: nothing; see `mtrn_resnet50`
Protocol: 2 x 8 segments x 3 crops of 256
Verified: logits within 3e-6 of MMAction2's own, relative to the largest
"""

from pyvideoai.models.frames import FrameNetwork, RelationHead, torchvision_backbone
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet

clip = (8, 8)
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.8
weights = {
    "imagenet": imagenet.RESNET50_V2,
}


def load_model(num_classes):
    backbone, channels = torchvision_backbone("resnet50")
    return FrameNetwork(backbone, RelationHead(channels, num_classes, frames=clip[0], dropout=dropout))
