"""X3D-S of PySlowFast (configs/Kinetics/X3D_S.yaml).

Source: github.com/facebookresearch/SlowFast
Clip: 13 frames, stride 6; 160x160 in training, 182x182 in tests
Parameters: 3.79 M with 400 classes
GMACs: 2.0 at 160x160, 2.7 at 182x182
Published: Kinetics-400 73.5 top-1 (PySlowFast), 73.33 / 91.27 (PyTorchVideo), both trained from scratch
Protocol: 10 clips x 3 crops of 182, fully convolutional
Verified: logits within 3e-6 of PyTorchVideo's own, relative to the largest
"""

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights
from pyvideoai.models.x3d import X3D

clip = (13, 6)
size = 160
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 24
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pyslowfast/x3d_models/x3d_s.pyth",
        licence="Apache-2.0",
    ),
    "kinetics400_pytorchvideo": Weights(
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/X3D_S.pyth",
        licence="Apache-2.0",
        note="its first shortcut has no norm; ours is set to pass everything through",
    ),
}


def load_model(num_classes):
    return X3D(
        num_classes,
        width=width,
        dropout=dropout,
        window=5,
    )
