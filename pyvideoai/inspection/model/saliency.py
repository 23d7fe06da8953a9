"""Integrated gradients by blocks of pixels, Grad-CAM over space and time, and occlusion of frames.

Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365) are the default: they find a patch of a few frames
also in a network whose late layers see the whole clip at each place, such as an I3D (docs/BENCHMARKS.md). Grad-CAM
(Selvaraju et al. 2017, arXiv:1610.02391) is of a layer. Both are a few lines: captum's Grad-CAM takes a backbone's
frames for clips, and the channels of tokens for places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from pyvideoai.errors import UserError
from pyvideoai.inspection.model.layers import Given, Layers
from pyvideoai.scoring.network import GuardedNetwork
from pyvideoai.tasks import Task

LEAST_SIDE = 4  # of the map of the layer that is chosen, if there is such a one
PARTS = 8  # of a clip, which are hidden one after the other
PIXELS, LAST = "pixels", "last"  # in place of a layer's name: integrated gradients; Grad-CAM of the last fine layer
STEPS = 8  # from the mean colour to the clip
BLOCKS = 8  # rows and columns of blocks: what single pixels are said to contribute is mostly noise


@dataclass(frozen=True)
class Saliency:
    """Hold what a clip's class is decided by.

    layer: whose map it is, or "pixels". heat: float32 (T, H, W) of the clip, from 0 on. hidden: first frames of the
    parts that were hidden; lost: how much of the class's probability is lost without each, -1 to 1.
    """

    label: int
    probability: float
    layer: str
    heat: Tensor
    hidden: Sequence[int]
    lost: Sequence[float]

    @property
    def by_frame(self) -> list[float]:
        """Return each frame's share of the heat; zeros where nothing in the clip speaks for the class."""
        return (self.heat.sum((1, 2)) / self.heat.sum().clamp(min=1e-12)).tolist()


class Eye:
    """Look into a network that is in evaluation mode.

    shape: frames, height and width of its clips. layer: `PIXELS`, `LAST`, or the name of a layer.
    """

    def __init__(self, network: GuardedNetwork, task: Task, shape: tuple[int, int, int], layer: str = PIXELS) -> None:
        self.network, self.task, self.layers = network, task, Layers(_plain(network.module), shape)
        self.by_pixels, self.layer = layer == PIXELS, None if layer in (PIXELS, LAST) else layer
        if self.layer is not None:
            self.layers.check(self.layer)

    def look(self, clip: Tensor, label: int | None = None, *, at_a_time: int = 8) -> Saliency:
        """Return what a clip's most probable class, or the class `label`, is decided by.

        clip: normalised float (3, T, H, W). at_a_time: clips of a forward pass.
        """
        probabilities = self._probabilities(clip[None])[0]
        label = int(probabilities.argmax()) if label is None else label
        layer, heat = (PIXELS, self.integrated(clip, label)) if self.by_pixels else self.heat(clip, label)
        hidden, lost = self._occluded(clip, label, float(probabilities[label]), at_a_time)
        return Saliency(label, float(probabilities[label]), layer, heat, hidden, lost)

    def integrated(self, clip: Tensor, label: int) -> Tensor:
        """Return what blocks of pixels add to the class's lead on the way from the mean colour, which is 0, to the
        clip, where that is more than nothing: on the CPU and as large as the clip, float32 (T, H, W).
        """
        total = torch.zeros_like(clip)
        for step in range(STEPS):
            inputs = (clip[None] * ((step + 0.5) / STEPS)).requires_grad_()
            with torch.enable_grad():
                score = self._lead(inputs, label)
                [gradient] = torch.autograd.grad(score, inputs)
            total += gradient[0] / STEPS
        added = (clip * total).sum(0).float()
        size = added.shape
        grid = [min(side, most) for side, most in zip(size, (PARTS, BLOCKS, BLOCKS), strict=True)]
        blocks = nn.functional.adaptive_avg_pool3d(added[None, None], grid).clamp(min=0)
        return nn.functional.interpolate(blocks, tuple(size), mode="nearest")[0, 0].cpu()

    def heat(self, clip: Tensor, label: int) -> tuple[str, Tensor]:
        """Return the layer and its Grad-CAM, on the CPU and as large as the clip, float32 (T, H, W)."""
        names = self.layers.names if self.layer is None else [self.layer]
        with torch.enable_grad(), self.layers.noted(names) as found:
            # Of frozen networks too: the gradient comes by way of the pixels.
            score = self._logits(clip[None].clone().requires_grad_())[label]
            given, gradient = self._chosen(list(found.values()), score)
        places, slopes = given.by_place(given.output.detach()).float(), given.by_place(gradient).float()
        small = (places * slopes.mean((0, 1, 2))).sum(-1).clamp(min=0)
        size = tuple(clip.shape[1:])
        large = nn.functional.interpolate(small[None, None], size, mode="trilinear", align_corners=False)[0, 0]
        self.layer = given.name  # the same for all clips
        return given.name, large.cpu()

    @cached_property
    def listed(self) -> list[Given]:
        """Return the layers that have places, in the order of the network."""
        frames, height, width = self.layers.shape
        with torch.no_grad(), self.layers.noted(self.layers.names) as found:
            self.network(torch.zeros(1, 3, frames, height, width, device=_device(self.network.module)))
        return list(found.values())

    def _logits(self, inputs: Tensor) -> Tensor:
        """Return the clip's logits; a fully convolutional head gives positions, whose logits are averaged."""
        return self.network(inputs).flatten(0, -2).float().mean(0)

    def _lead(self, inputs: Tensor, label: int) -> Tensor:
        """Return how far the class's logit is above the mean one: a network may learn a class by what speaks against
        all others. Classes that don't exclude each other are not compared.
        """
        logits = self._logits(inputs)
        return logits[label] if self.task.multi_label else logits[label] - logits.mean()

    def _chosen(self, found: Sequence[Given], score: Tensor) -> tuple[Given, Tensor]:
        """Return a layer and the score's gradient by its output: the last one of 4 x 4 places or more, on which the
        score depends at all of them; of a vision transformer's last block, that is what its attention sees.
        """
        fine = [each for each in found if min(each.grid[1:]) >= LEAST_SIDE]
        for given in reversed(found if self.layer else fine or [each for each in found if min(each.grid[1:]) > 1]):
            if not given.output.requires_grad or not score.requires_grad:
                continue
            [gradient] = torch.autograd.grad(score, given.output, retain_graph=True, allow_unused=True)
            if gradient is not None and given.by_place(gradient).any():
                return given, gradient
        if self.layer is None:
            raise UserError(f"{self.network.name} has no layer with places in space whose gradient can be taken")
        why = "the class doesn't depend on its places" if found else "its output has no places in space"
        raise UserError(f"--layer {self.layer} can't be shown: {why}; --layers lists those with places")

    def _occluded(self, clip: Tensor, label: int, probability: float, at_a_time: int) -> tuple[list[int], list[float]]:
        """Hide one part of the clip after the other in the mean colour, which is 0; return their starts and losses."""
        frames = clip.shape[1]
        length = -(-frames // PARTS)
        starts, lost = list(range(0, frames, length)), list[float]()
        for some in (starts[first : first + at_a_time] for first in range(0, len(starts), at_a_time)):
            clips = clip.repeat(len(some), 1, 1, 1, 1)
            for place, start in enumerate(some):
                clips[place, :, start : start + length] = 0
            lost += (probability - self._probabilities(clips)[:, label]).tolist()
        return starts, lost

    @torch.no_grad()
    def _probabilities(self, clips: Tensor) -> Tensor:
        logits = self.network(clips).float()
        return self.task.activate(logits.flatten(1, -2).mean(1) if logits.dim() == 3 else logits).cpu()


def _plain(module: nn.Module) -> nn.Module:
    """Return the network that torch.compile may have wrapped."""
    return getattr(module, "_orig_mod", module)


def _device(module: nn.Module) -> torch.device:
    return next(module.parameters()).device
