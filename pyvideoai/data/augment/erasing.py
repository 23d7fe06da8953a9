"""Fill boxes of clips with noise or with one colour, on the device."""

from collections.abc import Sequence

import torch

from pyvideoai.data.augment.holes import Holes
from pyvideoai.data.device import on_device
from pyvideoai.models.normalise import Normalise


def erase(clips: torch.Tensor, drawn: Sequence[Holes], normalise: Normalise, *, noise: bool) -> torch.Tensor:
    """Fill the boxes in place; clips: float32 (N, 3, T, H, W).

    Noise may lie beyond 0-255: after normalisation it has mean 0 and deviation 1. CPU and GPU make different noise from
    the same seed.
    """
    mean, std = (on_device(each, clips).view(3, 1, 1, 1) for each in (normalise.mean, normalise.std))
    # Not torch's own generator, from which dropout draws.
    generator = torch.Generator(clips.device)
    for clip, holes in zip(clips, drawn, strict=True):
        generator.manual_seed(holes.seed)
        for first, end, top, bottom, left, right in holes.boxes:
            hole = clip[:, first:end, top:bottom, left:right]
            hole.copy_(hole.normal_(generator=generator).mul_(std).add_(mean) if noise else mean.expand_as(hole))
    return clips
