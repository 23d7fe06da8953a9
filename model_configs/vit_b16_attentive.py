"""ViT-B/16 of torchvision on eight frames, pooled by attention: one learned query, as in V-JEPA's probe.

Source: torchvision.models
Clip: 8 frames, stride 8, or one of each of 8 segments; 224x224
Parameters: 93.19 M with 400 classes
GMACs: 140.5
Published: nothing on videos; ImageNet 81.07 / 95.32
Protocol: none
Verified: the backbone is torchvision's own
"""

from pyvideoai.models.frames import AttentiveHead, FrameNetwork, torchvision_backbone
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (8, 8)
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.0
weights = {
    "imagenet": Weights(
        "https://download.pytorch.org/models/vit_b_16-c867db91.pth", licence="BSD-3-Clause", sha256="c867db91"
    ),
}


def load_model(num_classes):
    backbone, channels = torchvision_backbone("vit_b_16")
    return FrameNetwork(backbone, AttentiveHead(channels, num_classes, heads=12, dropout=dropout))
