"""R(2+1)D-18: convolutions split into space and time (Tran et al., CVPR 2018).

Source: torchvision.models.video
Clip: 16 frames, stride 2 at 30 fps; 112x112
Parameters: 31.51 M with 400 classes
GMACs: 40.5
Published: Kinetics-400 67.46 / 86.18
Protocol: 5 clips x 1 centre crop of 112 from 128x171
Verified: the network is torchvision's own
"""

from torchvision.models.video import r2plus1d_18

from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (16, 2)
size = 112
normalise = Normalise(mean=(110.2008, 100.63983, 95.99475), std=(58.14765, 56.4647, 55.332465))
weights = {
    "kinetics400": Weights(
        "https://download.pytorch.org/models/r2plus1d_18-91a641e6.pth",
        licence="BSD-3-Clause",
        sha256="91a641e6",
    ),
}


def load_model(num_classes):
    return r2plus1d_18(num_classes=num_classes)
