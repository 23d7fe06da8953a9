"""X3D-XS of PySlowFast (configs/Kinetics/X3D_XS.yaml).

Source: github.com/facebookresearch/SlowFast
Clip: 4 frames, stride 12; 160x160 in training, 182x182 in tests
Parameters: 3.79 M with 400 classes
GMACs: 0.6 at 160x160, 0.8 at 182x182
Published: Kinetics-400 69.5 top-1 (PySlowFast), 69.12 / 88.63 (PyTorchVideo), both trained from scratch
Protocol: 10 clips x 3 crops of 182, fully convolutional
Verified: the network of x3d_s
"""

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights
from pyvideoai.models.x3d import X3D

clip = (4, 12)
size = 160
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 24
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pyslowfast/x3d_models/x3d_xs.pyth",
        licence="Apache-2.0",
    ),
    "kinetics400_pytorchvideo": Weights(
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/X3D_XS.pyth",
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
