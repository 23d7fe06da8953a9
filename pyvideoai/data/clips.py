"""Turn videos into clips: a torch Dataset for training and one for evaluation. All randomness derives from indices."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.data import default_collate, get_worker_info

from pyvideoai.annotations.mirror import Flips
from pyvideoai.data.batches import Failure, TrainBatch, ViewBatch
from pyvideoai.data.cuts import Cuts, joined
from pyvideoai.data.order import CLIP_STREAM, ClipRequest
from pyvideoai.data.pixels import HorizontalFlip, PixelStep, Region, training_region
from pyvideoai.data.rows import Rows
from pyvideoai.data.sampling import checked
from pyvideoai.data.source import ClipSource, segment
from pyvideoai.data.targets import Targets
from pyvideoai.data.views import Views
from pyvideoai.data.watching import Watch
from pyvideoai.errors import explain
from pyvideoai.video import Video, VideoError

if TYPE_CHECKING:
    import pandas as pd

TRIES = 20  # videos for one clip: if half of a set is unreadable, one clip in a million finds none
NO_CLIPS, NO_ROWS = torch.empty(0, dtype=torch.uint8), torch.empty(0, dtype=torch.int64)


class TrainClips(torch.utils.data.Dataset):
    """Give the random clips that a `ClipRequest` asks for.

    The same (seed, epoch, position) gives the same pixels in any worker and process.

    table: checked (`read_table`). train_pixels: crop and flip of a clip, in order; flips are left out if a mirrored
    video has another label.
    """

    def __init__(
        self,
        table: "pd.DataFrame",
        *,
        source: ClipSource,
        targets: Targets,
        train_pixels: Sequence[PixelStep],
        seed: int = 0,
    ) -> None:
        self.rows, self.source, self.targets, self.seed = Rows(table), source, targets, seed
        self.steps = steps_for(train_pixels, targets.flips)
        self.watch = Watch(self.rows.columns["video"])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, request: ClipRequest) -> TrainBatch:
        """Return the requested clips. A video that can't be decoded is reported; another random one takes its place.

        After many tries the batch has failures and no clips. No error is raised: this may be a worker, and the loader
        reports.
        """
        # A generator for each clip, so that what is drawn depends on no other clip, worker or process.
        stream = [self.seed, CLIP_STREAM, request.epoch]
        rngs = [np.random.default_rng([*stream, request.position + clip]) for clip in range(request.clips)]
        row, failures = request.row, []
        for _ in range(TRIES):
            entry = self.rows[row]
            try:
                with self.watch.reading(row):
                    clips, labels, flips, frames = self._clips(entry, rngs)
            except VideoError as error:
                explain(error)
                failures.append(Failure(entry.video, error.reason))
                # By the clip's own generator, so that the substitute is the same in every worker and after a resume.
                row = int(rngs[0].integers(len(self.rows)))
            else:
                positions = range(request.position, request.position + request.clips)
                rows, flipped, places = map(torch.tensor, ([row] * request.clips, flips, positions))
                return TrainBatch(clips, torch.stack(labels), rows, flipped, places, request.epoch, failures, frames)
        return TrainBatch(NO_CLIPS, NO_ROWS, NO_ROWS, NO_ROWS.bool(), NO_ROWS, request.epoch, failures)

    def _clips(
        self, entry: SimpleNamespace, rngs: Sequence[np.random.Generator]
    ) -> tuple[torch.Tensor | Cuts, list[torch.Tensor], list[bool], torch.Tensor]:
        """Return (pixels, labels, flips, indices of frames).

        A label is that of the clip after the device has mirrored it, if its flip is set.
        """
        with self.source.open(entry.video) as video:
            first, length = segment(entry, video)
            drawn = [self._draw(video, length, rng) for rng in rngs]
            indices = [first + frames for frames, _ in drawn]
            # Without the flips, which the device does later (`train_input.mirror`).
            clips = self.source.clips(video, indices, [replace(region, flip=False) for _, region in drawn])
        flips = [region.flip for _, region in drawn]
        labels = [self.targets.of_clip(entry, *each) for each in zip(indices, flips, strict=True)]
        return clips, labels, flips, torch.from_numpy(np.stack(indices))

    def _draw(self, video: Video, length: int, rng: np.random.Generator) -> tuple[np.ndarray, Region]:
        sampler = self.source.sampler
        # Both draw from one generator: in another order, every seed would give other clips.
        return checked(sampler, sampler.train(length, video.fps, rng), length), self._region(video, rng)

    def _region(self, video: Video, rng: np.random.Generator) -> Region:
        try:
            return training_region(self.steps, video.height, video.width, rng)
        except ValueError as error:
            raise VideoError(video.path, f"train_pixels: {error}") from None


class TestViews(torch.utils.data.Dataset):
    """Give all views of one video, which is opened once. A video that can't be decoded is reported, never replaced.

    alone: whether each batch holds one video, whose pixels a worker then hands over without a copy.
    """

    def __init__(
        self, table: "pd.DataFrame", *, source: ClipSource, targets: Targets, views: Views, alone: bool = False
    ) -> None:
        self.rows, self.source, self.targets, self.views, self.alone = Rows(table), source, targets, views, alone
        self.watch = Watch(self.rows.columns["video"])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> ViewBatch:
        entry, shared = self.rows[row], self.alone and get_worker_info() is not None
        try:
            with self.watch.reading(row), self.source.open(entry.video) as video:
                clips, facts, frames = self.source.views_of(video, self.views, entry, shared=shared)
        except VideoError as error:
            explain(error)
            return ViewBatch(NO_CLIPS, NO_ROWS, NO_ROWS, [Failure(entry.video, error.reason)])
        label = self.targets.of_row(entry)
        return ViewBatch(clips, label[None], torch.tensor([row]), facts=facts[None], frames=frames[None])


def steps_for(train_pixels: Sequence[PixelStep], flips: Flips) -> tuple[PixelStep, ...]:
    """Return the pixel steps, without flips if a mirrored video has another label."""
    # A step of a user's own that mirrors is not recognised here.
    return tuple(step for step in train_pixels if flips.allowed or not isinstance(step, HorizontalFlip))


def join_clips(items: Sequence[TrainBatch]) -> TrainBatch:
    """Collate single-video batches into one batch."""
    names = ("pixels", "labels", "rows", "flipped", "positions", "frames")
    clips, labels, rows, flipped, places, frames = _joined(items, names)
    return TrainBatch(clips, labels, rows, flipped, places, items[0].epoch, _failures(items), frames)


def join_views(items: Sequence[ViewBatch]) -> ViewBatch:
    """Collate single-video batches of views into one batch."""
    clips, labels, rows, facts, frames = _joined(items, ("pixels", "labels", "rows", "facts", "frames"))
    return ViewBatch(clips, labels, rows, _failures(items), facts, frames)


def _joined(items: Sequence[TrainBatch | ViewBatch], names: Sequence[str]) -> list[Any]:
    """Return the tensors and cuts of several batches, concatenated; batches without clips add nothing."""
    filled = [item for item in items if len(item.rows)]
    if len(filled) <= 1:  # joined already; copying 30 views takes longer than decoding a small video
        return [getattr((filled or items)[0], name) for name in names]
    return [_together([getattr(item, name) for item in filled]) for name in names]


def _together(values: Sequence[Any]) -> Any:
    # Both write straight to the memory that a worker shares with its parent; `torch.cat` would be copied there.
    if isinstance(values[0], Cuts):
        return joined(values, shared=get_worker_info() is not None)
    return default_collate([each for value in values for each in value])


def _failures(items: Sequence[TrainBatch | ViewBatch]) -> list[Failure]:
    return [failure for item in items for failure in item.failures]
