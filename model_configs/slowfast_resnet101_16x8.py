"""SlowFast ResNet-101 16x8 "50-50" of PyTorchVideo: 64 frames, 16 of them slow.

Source: github.com/facebookresearch/pytorchvideo, 0.1.5
Clip: 64 frames, stride 2; 224x224 in training, 256x256 in tests
Parameters: 53.77 M with 400 classes
GMACs: 163.1 at 224x224, 213.0 at 256x256
Published: Kinetics-400 78.70 / 93.61, trained from scratch
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: logits within 3e-6 of PyTorchVideo's own at a quarter of the width (once, by hand); its parameters
"""

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.slowfast import SlowFast
from pyvideoai.models.weights.table import Weights

clip = (64, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/SLOWFAST_16x8_R101_50_50.pyth",
        licence="Apache-2.0",
    ),
}
_LAYER3 = (3,) * 6 + (1,) * 17


def load_model(num_classes):
    return SlowFast(
        num_classes,
        width=width,
        dropout=dropout,
        window=7,
        depth=101,
        alpha=4,
        fuse_frames=5,
        slow_inflate=((1,), (1,), _LAYER3, (3,)),
        fast_inflate=((3,), (3,), _LAYER3, (3,)),
    )
