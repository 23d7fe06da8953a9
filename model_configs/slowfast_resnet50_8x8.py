"""SlowFast ResNet-50 8x8 of PySlowFast (configs/Kinetics/c2/SLOWFAST_8x8_R50.yaml): 32 frames, 8 of them slow.

Source: github.com/facebookresearch/SlowFast
Clip: 32 frames, stride 2; 224x224 in training, 256x256 in tests
Parameters: 34.57 M with 400 classes
GMACs: 50.3 at 224x224, 65.7 at 256x256
Published: Kinetics-400 77.0 / 92.6 (PySlowFast), 76.94 / 92.69 (PyTorchVideo), both trained from scratch
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: logits within 3e-6 of PyTorchVideo's own, relative to the largest
"""

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.slowfast import SlowFast
from pyvideoai.models.weights.table import Weights

clip = (32, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pyslowfast/model_zoo/kinetics400/SLOWFAST_8x8_R50.pkl",
        licence="Apache-2.0",
    ),
    "kinetics400_pytorchvideo": Weights(
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/SLOWFAST_8x8_R50.pyth",
        licence="Apache-2.0",
    ),
}


def load_model(num_classes):
    return SlowFast(
        num_classes,
        width=width,
        dropout=dropout,
        window=7,
        alpha=4,
        fuse_frames=7,
    )
