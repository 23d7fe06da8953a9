"""I3D-Nonlocal ResNet-50 32x2x1 of MMAction2, gaussian.

Source: github.com/open-mmlab/mmaction2, 1.2.0
Clip: 32 frames, stride 2; 224x224 in training, 256x256 in tests
Parameters: 31.72 M with 400 classes
GMACs: 41.7 at 224x224, 56.3 at 256x256
Published: Kinetics-400 73.97 / 91.33, ImageNet initialisation
Protocol: 10 clips x 3 crops of 256
Verified: logits within 2e-6 of MMAction2's own, relative to the largest
"""

from functools import partial

from pyvideoai.models.i3d import FIVE_PLACES, I3D
from pyvideoai.models.nonlocal_block import NonLocal
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights import imagenet
from pyvideoai.models.weights.table import Weights

clip = (32, 2)
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.5
width = 64
weights = {
    "kinetics400": Weights(
        "https://download.openmmlab.com/mmaction/v1.0/recognition/i3d/"
        "i3d_imagenet-pretrained-r50-nl-gaussian_8xb8-32x2x1-100e_kinetics400-rgb/"
        "i3d_imagenet-pretrained-r50-nl-gaussian_8xb8-32x2x1-100e_kinetics400-rgb_20220812-0c5cbf5a.pth",
        licence="Apache-2.0",
        sha256="0c5cbf5a",
    ),
    "imagenet": imagenet.RESNET50,
}
_BLOCK = partial(NonLocal, mode="gaussian", pool="after", scale=False, out_bias=False)


def load_model(num_classes):
    return I3D(
        num_classes,
        width=width,
        dropout=dropout,
        stem_stride=(2, 2, 2),
        pool1=((1, 3, 3), (2, 2, 2), (0, 1, 1)),
        zero_init=False,
        nonlocal_blocks=dict.fromkeys(FIVE_PLACES, _BLOCK),
    )
