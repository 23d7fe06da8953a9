"""Decide which rows of the training table come when: pure functions of seed, epoch and the recipe, in numpy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pyvideoai.errors import UserError, counted

# random streams of one epoch: a clip's frames and crop, which videos come when, a clip's colours, its share of a mix
CLIP_STREAM, ORDER_STREAM, AUGMENT_STREAM, MIX_STREAM = 0, 1, 2, 3


@dataclass(frozen=True)
class ClipRequest:
    """Ask for `clips` clips of the video in `row`; `position` is the place of the first one in the epoch's order."""

    epoch: int
    position: int
    row: int
    clips: int = 1


def fixed_draw(row: int, view: int, views: int) -> ClipRequest:
    """Return fixed view `view` (from 0) of `views` of a row: what it shows is the same in every epoch."""
    # Epochs count from 1, so these draws are those of no epoch.
    return ClipRequest(epoch=0, position=row * views + view, row=row)


class TrainOrder:
    """Order the rows of each epoch in global batches, and give this process's share in batches of `per_device`.

    Step s of an epoch takes the same `global_batch` clips however many processes share them. With `clips_per_video`, a
    row gives that many consecutive clips; an epoch keeps its number of clips, and every row is seen once in that many
    epochs. With `fixed_views` every row takes its fixed views in turn, another one in each epoch; 0: an epoch draws new
    ones. weights: float (videos,), see `weights.row_weights`. Raises ValueError if batches don't fill a step,
    UserError if the clips of a video don't divide a batch.
    """

    def __init__(
        self,
        videos: int,
        *,
        global_batch: int,
        per_device: int,
        clips_per_video: int = 1,
        fixed_views: int = 0,
        weights: np.ndarray | None = None,
        seed: int = 0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if global_batch % (per_device * world):
            raise ValueError(f"{global_batch} clips can't be cut into batches of {per_device} for {world} processes")
        if per_device % clips_per_video:
            raise UserError(
                f"clips_per_video = {clips_per_video} must divide the {counted(per_device, 'clip')} per device"
            )
        self.videos, self.global_batch, self.per_device = videos, global_batch, per_device
        self.rank, self.world, self.seed, self.weights = rank, world, seed, weights
        if fixed_views and clips_per_video > 1:
            raise UserError(f"fixed_views = {fixed_views} takes one view in a turn: leave clips_per_video at 1")
        self.clips_per_video, self.fixed_views = clips_per_video, fixed_views
        # A set smaller than one batch still makes a step, of rows that repeat (`_drawn`).
        self.steps = max(videos // global_batch, 1)
        self.accumulation = global_batch // (per_device * world)
        self.epoch, self.start_step = 1, 0

    def __len__(self) -> int:
        return (self.steps - self.start_step) * self.accumulation

    def __iter__(self) -> Iterator[list[ClipRequest]]:
        rows = self.rows(self.epoch)
        for step in range(self.start_step, self.steps):
            for part in range(self.accumulation):
                # The epoch's positions go to steps, each step's to its parts, each part's to the processes.
                first = step * self.global_batch + (part * self.world + self.rank) * self.per_device
                yield [
                    self._draw(position, int(rows[position]))
                    for position in range(first, first + self.per_device, self.clips_per_video)
                ]

    def _draw(self, position: int, row: int) -> ClipRequest:
        if not self.fixed_views:
            return ClipRequest(self.epoch, position, row, self.clips_per_video)
        # + row: an epoch shows the first view of some videos, the second of others, and so on.
        return fixed_draw(row, (self.epoch - 1 + row) % self.fixed_views, self.fixed_views)

    def rows(self, epoch: int) -> np.ndarray:
        """Return int64 (steps * global_batch,): every row once, without the incomplete last batch; or rows
        drawn by weight.

        With `clips_per_video` it is a share of those rows, each repeated; the next epochs have the other
        shares.
        """
        # `clips_per_video` epochs form a cycle with one permutation, of which each epoch takes its part.
        cycle, part = divmod(epoch - 1, self.clips_per_video)
        drawn = self._drawn(np.random.default_rng([self.seed, ORDER_STREAM, cycle + 1]))
        # It splits evenly: clips_per_video divides per_device, which divides the clips of an epoch.
        return np.repeat(np.split(drawn, self.clips_per_video)[part], self.clips_per_video)

    def _drawn(self, rng: np.random.Generator) -> np.ndarray:
        wanted = self.steps * self.global_batch
        if self.weights is not None:
            return rng.choice(self.videos, size=wanted, p=self.weights / self.weights.sum())
        # A set smaller than a global batch is permuted several times, so that its rows are used equally often.
        rounds = [rng.permutation(self.videos) for _ in range(-(-wanted // self.videos))]
        return np.concatenate(rounds)[:wanted]
