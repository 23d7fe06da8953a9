"""Change pixels or mix clips, without moving crops: values for configs, applied to batches on the device.

values     colour jitter, greyscale, erasing, RandAugment, TrivialAugment, as an experiment lists them in `augment`
mixing     mixup and CutMix, as an experiment sets `mix`
colour, erasing, policies   what the values do to a batch, in torch; imported only when a batch is there

Values and mixing import no torch: a wrong config fails before it is loaded. Imports data.pixels and models.normalise.
"""

from pyvideoai.data.augment.mixing import CutMix, Mixing, Mixup, MixupOrCutMix, Patch
from pyvideoai.data.augment.values import (
    Augmentation,
    ColourJitter,
    Greyscale,
    RandAugment,
    RandomErasing,
    TrivialAugment,
)

__all__ = [
    "Augmentation",
    "ColourJitter",
    "CutMix",
    "Greyscale",
    "Mixing",
    "Mixup",
    "MixupOrCutMix",
    "Patch",
    "RandAugment",
    "RandomErasing",
    "TrivialAugment",
]
