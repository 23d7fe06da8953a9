"""X3D-M of PySlowFast (configs/Kinetics/X3D_M.yaml).

Source: github.com/facebookresearch/SlowFast
Clip: 16 frames, stride 5; 224x224 in training, 256x256 in tests
Parameters: 3.79 M with 400 classes
GMACs: 4.7 at 224x224, 6.2 at 256x256
Published: Kinetics-400 76.2 top-1 (PySlowFast), 75.94 / 92.72 (PyTorchVideo), both trained from scratch
Protocol: 10 clips x 3 crops of 256, fully convolutional
Verified: logits within 3e-6 of the same code with PySlowFast's norm and names, relative to the largest
"""

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights
from pyvideoai.models.x3d import X3D

clip = (16, 5)
size = 224
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.5
width = 24
weights = {
    "kinetics400": Weights(
        "https://dl.fbaipublicfiles.com/pyslowfast/x3d_models/x3d_m.pyth",
        licence="Apache-2.0",
    ),
    "kinetics400_pytorchvideo": Weights(
        "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/X3D_M.pyth",
        licence="Apache-2.0",
        note="its first shortcut has no norm; ours is set to pass everything through",
    ),
}


def load_model(num_classes):
    return X3D(
        num_classes,
        width=width,
        dropout=dropout,
        window=7,
    )
