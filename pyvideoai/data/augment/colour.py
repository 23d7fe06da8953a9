"""Change colours of batches of clips, float32 (N, 3, T, H, W) from 0 to 255; each clip has its own numbers."""

from collections.abc import Sequence

import numpy as np
import torch
from torchvision.transforms.v2 import functional

from pyvideoai.data.device import on_device

HIGHEST = 255
LUMA = (0.2989, 0.587, 0.114)  # torchvision's and OpenCV's weights of red, green and blue


def jitter(clips: torch.Tensor, numbers: np.ndarray) -> torch.Tensor:
    """Change brightness, contrast, saturation and hue in turn; numbers: (N, 4), as `ColourJitter.draw` makes them."""
    for change, neutral, column in zip(CHANGES, (1, 1, 1, 0), numbers.T, strict=True):
        # A change that no clip has drawn would still read and write the whole batch.
        if (column != neutral).any():
            clips = change(clips, column)
    return clips


def without_colour(clips: torch.Tensor, which: Sequence[bool]) -> torch.Tensor:
    """Replace each pixel by its brightness in all channels, in the clips that `which` marks."""
    return _towards(grey(clips), clips, np.where(which, 0.0, 1.0)) if any(which) else clips


def grey(clips: torch.Tensor) -> torch.Tensor:
    """Turn (N, 3, T, H, W) into brightness (N, 1, T, H, W)."""
    red, green, blue = clips.split(1, dim=1)  # in place: new memory costs more than the arithmetic
    return (red * LUMA[0]).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2])


def _brightness(clips: torch.Tensor, factors: np.ndarray) -> torch.Tensor:
    return clips.mul_(_per_clip(factors, clips)).clamp_(0, HIGHEST)


def _contrast(clips: torch.Tensor, factors: np.ndarray) -> torch.Tensor:
    return _towards(grey(clips).mean((-2, -1), keepdim=True), clips, factors)  # each frame's own mean, as torchvision


def _saturation(clips: torch.Tensor, factors: np.ndarray) -> torch.Tensor:
    return _towards(grey(clips), clips, factors)


def _hue(clips: torch.Tensor, turns: np.ndarray) -> torch.Tensor:
    # adjust_hue takes one turn for all its pictures, float (T, 3, H, W) from 0 to 1, so the clips go one by one.
    for clip, turn in zip(clips, turns, strict=True):
        if turn:
            frames = clip.transpose(0, 1) / HIGHEST
            clip.copy_(functional.adjust_hue(frames, float(turn)).transpose(0, 1) * HIGHEST)
    return clips


def _towards(target: torch.Tensor, clips: torch.Tensor, factors: np.ndarray) -> torch.Tensor:
    """Interpolate: a factor of 0 gives the target, 1 the clip bit for bit, more than 1 leads away from the target."""
    own = _per_clip(factors, clips)
    # lerp would say the same, and makes a new batch: in place it takes a quarter of the time on a CPU.
    return clips.mul_(own).add_(target * (1 - own)).clamp_(0, HIGHEST)


def _per_clip(numbers: np.ndarray, clips: torch.Tensor) -> torch.Tensor:
    """Turn (N,) into (N, 1, 1, 1, 1) on the clips' device."""
    return on_device(numbers, clips).view(-1, 1, 1, 1, 1)


CHANGES = (_brightness, _contrast, _saturation, _hue)  # in the order of `ColourJitter.draw`
