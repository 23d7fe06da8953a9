"""Published ImageNet weights that several model configs start from, as entries of their `weights` tables."""

from pyvideoai.models.weights.table import Weights

# torchvision's first ResNet-50, 76.13 top-1: what MMAction2 and video-nonlocal-net inflate
RESNET50 = Weights(
    "https://download.pytorch.org/models/resnet50-0676ba61.pth",
    licence="BSD-3-Clause",
    sha256="0676ba61",
    note="torchvision ResNet-50, inflated; seen with the ImageNet mean and std",
)
# torchvision's IMAGENET1K_V2, 80.86 top-1: for frame backbones
RESNET50_V2 = Weights(
    "https://download.pytorch.org/models/resnet50-11ad3fa6.pth", licence="BSD-3-Clause", sha256="11ad3fa6"
)
RESNET50_OF_PYSLOWFAST = Weights(
    "https://dl.fbaipublicfiles.com/pyslowfast/model_zoo/kinetics400/R50_IN1K.pyth",
    licence="Apache-2.0",
    note="2-D ResNet-50, inflated; ImageNet 76.4 / 93.2",
)
