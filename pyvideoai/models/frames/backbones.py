"""Image networks without their classifiers, with random weights; `pretrained` loads files by their own names."""

from collections.abc import Sequence

from torch import nn

from pyvideoai.errors import UserError, hint, nearest
from pyvideoai.models.stages import classifier


def torchvision_backbone(name: str, **options: object) -> tuple[nn.Module, int]:
    """Return an image network of torchvision, "resnet50" or "vit_b_16", and the channels of its features.

    options: of its builder, such as image_size. Raises UserError for an unknown name.
    """
    from torchvision import models

    # `module` leaves out the networks for video, detection and segmentation.
    names = models.list_models(module=models)
    if name not in names:
        raise _unknown("torchvision", name, names)
    network = models.get_model(name, weights=None, **options)
    place = classifier(network)
    channels = network.get_submodule(place).in_features
    network.set_submodule(place, nn.Identity())
    return network, channels


def timm_backbone(name: str, **options: object) -> tuple[nn.Module, int]:
    """Return an image network of timm, "tf_efficientnet_lite0" or another, and the channels of its features.

    options: of timm.create_model, such as img_size or drop_path_rate. Raises UserError where timm is missing, or for an
    unknown name.
    """
    try:
        import timm
    except ImportError:
        raise UserError(
            f"the network {name!r} comes from timm, which is missing: pip install 'pyvideoai[timm]'"
        ) from None
    if not timm.is_model(name):
        raise _unknown("timm", name, timm.list_models())
    network = timm.create_model(name, pretrained=False, num_classes=0, **options)
    # Not num_features: some networks (MobileNetV3) have another layer between those and the classifier.
    return network, network.head_hidden_size


def _unknown(library: str, name: str, names: Sequence[str]) -> UserError:
    near = nearest(name, names)  # timm knows a thousand names: too many to list
    return UserError(f"{library} has no image network {name!r}; {hint(name, near) if near else 'see its own list'}")
