"""Apply torchvision's augmentation policies, with one draw per clip for all its frames."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

import torch
from torchvision.transforms import InterpolationMode, v2

from pyvideoai.data.device import NeverWaiting
from pyvideoai.models.normalise import Normalise

Policy = Callable[[torch.Tensor], torch.Tensor]
SMOOTH = InterpolationMode.BILINEAR  # torchvision's default is NEAREST


def rand_augment(operations: int, magnitude: int, bins: int, normalise: Normalise) -> Policy:
    """Return the policy RandAugment, from uint8 (T, 3, H, W) to the same."""
    return v2.RandAugment(operations, magnitude, bins, interpolation=SMOOTH, fill=list(normalise.mean))


def trivial_augment(bins: int, normalise: Normalise) -> Policy:
    """Return the policy TrivialAugmentWide, from uint8 (T, 3, H, W) to the same."""
    return v2.TrivialAugmentWide(bins, interpolation=SMOOTH, fill=list(normalise.mean))


def by_policy(clips: torch.Tensor, seeds: Sequence[int], policy: Policy) -> torch.Tensor:
    """Change each clip of float32 (N, 3, T, H, W), in place, as the policy does with the clip's seed."""
    for clip, seed in zip(clips, seeds, strict=True):
        # torchvision's policies ask for uint8; a step before this one may have left fractions.
        frames = clip.transpose(0, 1).round().to(torch.uint8)
        with drawing_from(seed), NeverWaiting():
            clip.copy_(policy(frames).transpose(0, 1))
    return clips


@contextlib.contextmanager
def drawing_from(seed: int) -> Iterator[None]:
    """Let torch's CPU generator, from which torchvision draws, start from `seed` inside the block.

    `torch.manual_seed` would also reset the GPUs' generators, and dropout would repeat itself.
    """
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(seed)
        yield
