"""X3D-L of PySlowFast (configs/Kinetics/X3D_L.yaml).

Source: github.com/facebookresearch/SlowFast
Clip: 16 frames, stride 5; 312x312 in training, 356x356 in tests
Parameters: 6.15 M with 400 classes
GMACs: 18.4 at 312x312, 24.8 at 356x356
Published: Kinetics-400 77.5 top-1 (PySlowFast), 77.44 top-1 (PyTorchVideo), both trained from scratch
Protocol: 10 clips x 3 crops of 356, fully convolutional
Verified: logits within 3e-6 of PyTorchVideo's own, relative to the largest
"""

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights
from pyvideoai.models.x3d import X3D

clip = (16, 5)
size = 312
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 24
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pyslowfast/x3d_models/x3d_l.pyth",
        licence="Apache-2.0",
    ),
    "kinetics400_pytorchvideo": Weights(
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/X3D_L.pyth",
        licence="Apache-2.0",
        note="its first shortcut has no norm; ours is set to pass everything through",
    ),
}


def load_model(num_classes):
    return X3D(
        num_classes,
        width=width,
        dropout=dropout,
        window=10,
        depth=5.0,
    )
