"""Make the network's input in training, on its device: clips mirrored, augmented, normalised, mixed; and targets."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import one_hot

from pyvideoai.data.augment import Augmentation, Mixing, Patch
from pyvideoai.data.batches import TrainBatch
from pyvideoai.data.device import on_device
from pyvideoai.data.order import AUGMENT_STREAM, MIX_STREAM
from pyvideoai.data.to_input import ToInput, to_planes
from pyvideoai.models.normalise import Normalise

SHOWN_CLIPS, SHOWN_FRAMES, SHOWN_SHARES = 6, 8, 3


class StepInput(NamedTuple):
    """Hold what the network and the loss receive in one forward pass.

    inputs: float32 (N, 3, T, H, W). targets: for the loss; the labels, or with a mix float32 (N, classes). labels: of
    each clip, or of its partner if more than half of the clip is the partner's.
    """

    inputs: torch.Tensor
    targets: torch.Tensor
    labels: torch.Tensor


class TrainInput(nn.Module):
    """Turn a `TrainBatch` into the input of one forward pass, on the device of `to_input`.

    Everything random is drawn here, on the CPU, from (seed, epoch, position of the clip). A clip's partner in a mix is
    the clip half a batch before it, so a mix depends on which clips share a forward pass: on `clips_per_device`.
    """

    def __init__(
        self,
        normalise: Normalise,
        *,
        augment: Sequence[Augmentation] = (),
        mix: Mixing | None = None,
        classes: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.to_input = ToInput(normalise)
        self.colours, self.augment, self.mix, self.classes, self.seed = normalise, augment, mix, classes, seed

    @torch.no_grad()
    def forward(self, batch: TrainBatch) -> StepInput:
        device = self.to_input.mean.device
        planes = mirror(to_planes(batch.on(device)), batch.flipped)
        inputs = self.to_input.normalise(self.augmented(planes, batch))
        labels = batch.labels.to(device, non_blocking=True)
        return StepInput(inputs, labels, labels) if self.mix is None else self.mixed(self.mix, inputs, labels, batch)

    def notes(self) -> list[str]:
        """Return lines for the console."""
        found = [f"augmented on the device: {', '.join(map(str, self.augment))}"] if self.augment else []
        if self.mix is not None:
            found.append(f"{self.mix}: clips are mixed; train metrics go by the class with the largest share of a clip")
        return found

    def shown(self, batch: TrainBatch, classes: Sequence[str]) -> list[tuple[str, np.ndarray]]:
        """Return (target in words, uint8 (T, H, W, 3)) of the first clips of a batch, with some of their
        frames, for people.
        """
        inputs, targets, _ = self(batch)
        frames = np.linspace(0, inputs.shape[2] - 1, min(inputs.shape[2], SHOWN_FRAMES)).round().astype(int)
        shown = self.to_input.to_pixels(inputs[:SHOWN_CLIPS, :, frames]).numpy()
        return [(in_words(target, classes), clip) for target, clip in zip(targets.cpu(), shown, strict=False)]

    def augmented(self, planes: torch.Tensor, batch: TrainBatch) -> torch.Tensor:
        """Return float32 (N, 3, T, H, W), 0-255, after each step of the setting `augment`."""
        drawn = [
            [step.draw(rng, *planes.shape[2:]) for step in self.augment] for rng in self._draw(batch, AUGMENT_STREAM)
        ]
        for step, of_clips in zip(self.augment, zip(*drawn, strict=True), strict=True):
            planes = step.apply(planes, of_clips, self.colours)
        return planes

    def mixed(self, mix: Mixing, inputs: torch.Tensor, labels: torch.Tensor, batch: TrainBatch) -> StepInput:
        """Mix each clip with its partner, and the targets in the same shares."""
        height, width = inputs.shape[-2:]
        patches = [mix.patch(rng, height, width) for rng in self._draw(batch, MIX_STREAM)]
        shares = on_device([patch.own_share(height, width) for patch in patches], inputs)[:, None]
        # Labels of multi-label data are targets already, float32 (N, classes).
        targets = labels if labels.is_floating_point() else one_hot(labels, self.classes).float()
        # (N,) beside labels (N,), and (N, 1) beside labels (N, classes).
        main = shares.view(-1, *[1] * (labels.dim() - 1)) >= 0.5
        own = own_shares(patches, inputs)
        # `partners` makes a copy, so that the inputs themselves may be overwritten after it.
        return StepInput(
            partners(inputs).mul_(1 - own).add_(inputs.mul_(own)),
            partners(targets) * (1 - shares) + targets * shares,
            torch.where(main, labels, partners(labels)),
        )

    def _draw(self, batch: TrainBatch, stream: int) -> Iterator[np.random.Generator]:
        """Yield a generator for each clip."""
        for position in batch.positions.tolist():
            yield np.random.default_rng([self.seed, stream, batch.epoch, position])


def mirror(planes: torch.Tensor, flipped: torch.Tensor) -> torch.Tensor:
    """Swap left and right of (N, 3, T, H, W), in place, in the clips that `flipped`, bool (N,) on the CPU, marks."""
    # Clip by clip: `torch.where` made a second batch and took ten times as long on a CPU.
    for place in flipped.nonzero()[:, 0].tolist():
        planes[place] = planes[place].flip(-1)
    return planes


def in_words(target: torch.Tensor, classes: Sequence[str]) -> str:
    """Return the class of a label (int64, no dimension), or the largest shares of float32 (classes,), which
    may all be 0.
    """
    if target.dim() == 0:
        return classes[int(target)]
    shares, order = target.topk(min(SHOWN_SHARES, len(target)))
    told = zip(shares.tolist(), order.tolist(), strict=True)
    return ", ".join(f"{share:.2f} {classes[place]}" for share, place in told if share) or "no class"


def partners(of_clips: torch.Tensor) -> torch.Tensor:
    """Return (N, ...): for each clip the entry of its partner, half a batch before it.

    Clips of one video lie together (`clips_per_video`), so a clip's partner is usually from another video.
    """
    return of_clips.roll(len(of_clips) // 2, 0)


def own_shares(patches: Sequence[Patch], inputs: torch.Tensor) -> torch.Tensor:
    """Return float32 (N, 1, 1, H, W): the clips' own share of each pixel."""
    bounds = [(each.top, each.bottom, each.left, each.right, each.own) for each in patches]
    # (N, 5) becomes five times (N, 1, 1, 1, 1), to be compared with rows (H, 1) and columns (W,).
    top, bottom, left, right, own = on_device(bounds, inputs).T[:, :, None, None, None, None]
    row, column = (torch.arange(side, device=inputs.device) for side in inputs.shape[-2:])
    inside = (row[:, None] >= top) & (row[:, None] < bottom) & (column >= left) & (column < right)
    return torch.where(inside, own, 1.0)
