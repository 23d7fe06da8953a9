"""Load batches: which videos come when, in which process and worker. Neither count changes what is drawn."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from torch.utils.data import DataLoader

from pyvideoai.data.batches import TrainBatch, ViewBatch
from pyvideoai.data.clips import TestViews, TrainClips, join_clips, join_views
from pyvideoai.data.mistakes import Guard, Items, Joined, raised, unguarded
from pyvideoai.data.order import ClipRequest, TrainOrder
from pyvideoai.data.pixels import PixelStep, training_region
from pyvideoai.data.sampling import frames_in_test
from pyvideoai.data.source import ClipSource
from pyvideoai.data.supervised import Supervised
from pyvideoai.data.targets import Targets
from pyvideoai.data.views import Views
from pyvideoai.data.watching import Watch
from pyvideoai.data.workers import worker_options
from pyvideoai.errors import UserError, counted
from pyvideoai.video.layouts import index as frame_index

if TYPE_CHECKING:
    import pandas as pd

LARGE_BATCH = 2**26  # bytes; of larger ones each worker keeps one ready, not two
FREE_BATCH = 2**24  # bytes, 13 clips of 8 x 224 x 224, where a forward pass may take as many clips as it has room for
FAILURES_SHOWN = 5
VIDEO_TIMEOUT_S = 120.0
TRIED = 32  # draws of the pixel steps that are tried before training, for a wide and a tall video


class Loader:
    """Hold the batches of a loader, whose workers are supervised."""

    batches: Supervised

    @property
    def loader(self) -> DataLoader:
        """Return torch's loader behind it."""
        return self.batches.loader

    def reading(self) -> str:
        """Return in words what its workers read just now."""
        return self.batches.watch.told()


class TrainLoader(Loader):
    """Give the training list, epoch by epoch, as lists of the batches that one optimiser step accumulates."""

    def __init__(self, batches: Supervised, order: TrainOrder, notes: list[str]) -> None:
        self.batches, self.order, self.notes = batches, order, notes
        self.steps, self.clips_per_device = order.steps, order.per_device

    def epoch(self, epoch: int, *, start_step: int = 0) -> Iterator[list[TrainBatch]]:
        """Yield the steps of an epoch (counted from 1), from `start_step` on (counted from 0).

        Raises UserError if hardly any video can be decoded; a few failures are reported in the batches.
        """
        # The order is drawn when the loader asks for it, which is below.
        self.order.epoch, self.order.start_step = epoch, start_step
        step: list[TrainBatch] = []
        for batch in raised(self.batches):
            _refuse_short(batch, self.clips_per_device)
            step.append(batch)
            if len(step) == self.order.accumulation:
                yield step
                step = []

    def clips(self, batches: Sequence[list[ClipRequest]]) -> Iterator[TrainBatch]:
        """Yield a batch for each list of draws, in any order of one's own."""
        return raised(self.batches.of(batches))


class EvalLoader(Loader):
    """Give this process's rows of the split `table`; `videos` counts the rows of all processes.

    mirrored_labels: see `targets.mirrored_labels`.
    """

    def __init__(
        self,
        batches: Supervised,
        views: Views,
        table: "pd.DataFrame",
        clips_per_forward: int | None,
        mirrored_labels: list[int] | None = None,
    ) -> None:
        self.batches, self.views, self.table, self.clips_per_forward = batches, views, table, clips_per_forward
        self.mirrored_labels = mirrored_labels
        self.videos = len(table)

    def __iter__(self) -> Iterator[ViewBatch]:
        return raised(self.batches)

    def of(self, rows: Sequence[int]) -> Iterator[ViewBatch]:
        """Yield the views of some rows, a video in a batch."""
        return raised(self.batches.of([[row] for row in rows]))


def train_loader(
    table: "pd.DataFrame",
    *,
    source: ClipSource,
    targets: Targets,
    train_pixels: Sequence[PixelStep],
    global_batch: int,
    clips_per_device: int | None = None,
    clips_per_video: int = 1,
    fixed_views: int = 0,
    weights: np.ndarray | None = None,
    seed: int = 0,
    rank: int = 0,
    world: int = 1,
    workers: int = 0,
    start_method: str = "auto",
    video_timeout_s: float = VIDEO_TIMEOUT_S,
    pin_memory: bool = False,
    guard: Guard = unguarded,
) -> TrainLoader:
    """Return the loader of a training table, for process `rank` of `world`.

    table: checked (`read_table`). source, targets: what its clips show, and their labels. train_pixels: crop and flip
    of a clip, in order, such as [ShortSideJitter(256, 320), RandomCrop(224), HorizontalFlip()].
    global_batch: clips of an optimiser step, over all processes. clips_per_device: of a batch; None: global_batch /
    world. clips_per_video: clips of each video that is opened; more than one loads faster. fixed_views: see
    `order.TrainOrder`. weights: float (rows,), how
    often each row is drawn (`row_weights`); None: each once an epoch. seed: everything that is drawn derives from it.
    workers: processes that read, see `worker_count`; 0: this process. start_method: "auto", "fork", "forkserver" or
    "spawn". rank, world, workers and start_method don't change what is drawn. video_timeout_s: how long a worker's
    decoder may give nothing before its video counts as one that can't be decoded. pin_memory: for copies to a GPU.
    Raises UserError if `train_pixels` doesn't give clips of one size, ValueError if batches don't fill a step.
    """
    of_clips = 0 if fixed_views else seed  # fixed views are the same for every seed, so that their features serve all
    dataset = TrainClips(table, source=source, targets=targets, train_pixels=train_pixels, seed=of_clips)
    guard(_check_sizes, dataset.steps, settings=("train_pixels",))
    order = TrainOrder(
        len(table),
        global_batch=global_batch,
        per_device=clips_per_device or global_batch // world,
        clips_per_video=clips_per_video,
        fixed_views=fixed_views,
        weights=weights,
        seed=seed,
        rank=rank,
        world=world,
    )
    # Workers beyond the number of batches would start for nothing.
    options = worker_options(min(workers, order.steps * order.accumulation), start_method, source.reader)
    batches = _supervised(dataset, order, join_clips, guard, video_timeout_s, pin_memory=pin_memory, **options)
    return TrainLoader(batches, order, _notes(order, source, targets))


def eval_loader(
    table: "pd.DataFrame",
    *,
    source: ClipSource,
    targets: Targets,
    views: Views,
    clips_per_device: int | None = 16,
    mirrored_labels: list[int] | None = None,
    rank: int = 0,
    world: int = 1,
    workers: int = 0,
    start_method: str = "auto",
    video_timeout_s: float = VIDEO_TIMEOUT_S,
    pin_memory: bool = False,
    persistent: bool = False,
    guard: Guard = unguarded,
) -> EvalLoader:
    """Return the loader of a split's videos with all their views, rows rank, rank + world, ...; nothing is padded.

    clips_per_device: clips of a forward pass; None: as many as fit into memory. A batch has whole videos, at least one.
    mirrored_labels: for views that are mirror images, see `targets.mirrored_labels`. persistent: whether the workers
    stay for the next pass. The others are as in `train_loader`.
    """
    videos_per_batch = eval_videos(source, views, clips_per_device)
    rows = list(range(rank, len(table), world))
    order = [rows[first : first + videos_per_batch] for first in range(0, len(rows), videos_per_batch)]
    options = worker_options(min(workers, len(order)), start_method, source.reader, persistent=persistent)
    # Without workers torch refuses the option.
    if workers and _video_bytes(source, views) * videos_per_batch > LARGE_BATCH:
        options["prefetch_factor"] = 1
    dataset = TestViews(table, source=source, targets=targets, views=views, alone=videos_per_batch == 1)
    batches = _supervised(dataset, order, join_views, guard, video_timeout_s, pin_memory=pin_memory, **options)
    return EvalLoader(batches, views, table, clips_per_device, mirrored_labels)


def eval_videos(source: ClipSource, views: Views, clips_per_device: int | None) -> int:
    """Return how many videos a batch of an evaluation has, at least one. clips_per_device: see `eval_loader`."""
    fitting = FREE_BATCH // _video_bytes(source, views) if clips_per_device is None else clips_per_device // views.count
    return max(fitting, 1)


def _video_bytes(source: ClipSource, views: Views) -> int:
    """Return the bytes of all views of a video: frames x size x size x 3 colours x views."""
    return frames_in_test(source.sampler) * views.size**2 * 3 * views.count


def _supervised(
    dataset: TrainClips | TestViews,
    order: Any,
    join: Callable[[Sequence[Any]], Any],
    guard: Guard,
    timeout_s: float,
    **options: Any,
) -> Supervised:
    """Return the batches of a dataset in an order, from workers that are supervised."""
    # Made anew with a slot for each worker, before they start and share its memory.
    dataset.watch = Watch(dataset.watch.videos, options["num_workers"])
    make = partial(DataLoader, Items(dataset, guard), collate_fn=Joined(join), **options)
    return Supervised(lambda rest: make(batch_sampler=rest), order, dataset.watch, timeout_s=timeout_s)


def _refuse_short(batch: TrainBatch, clips: int) -> None:
    """Raise UserError for a batch with an empty place, which happens only after many failures in a row."""
    if len(batch.rows) < clips:
        reasons = "; ".join(dict.fromkeys(f"{each.video}: {each.reason}" for each in batch.failures[:FAILURES_SHOWN]))
        raise UserError(
            f"{counted(len(batch.failures), 'video')} in a batch of {clips} could not be decoded: {reasons}"
        )


def _check_sizes(steps: tuple[PixelStep, ...]) -> None:
    """Try the steps on a wide and on a tall video: all clips must have one size."""
    try:
        regions = [
            training_region(steps, *shape, np.random.default_rng(draw))
            for shape in ((1080, 1920), (1920, 1080))
            for draw in range(TRIED)
        ]
    except ValueError as error:
        raise UserError(f"train_pixels: {error}") from None
    sizes = sorted({(region.out_height, region.out_width) for region in regions})
    if len(sizes) > 1:
        found = " and ".join(f"{height} x {width}" for height, width in sizes[:2])
        raise UserError(
            f"train_pixels gives clips of {found} pixels; end with a crop, such as RandomCrop({sizes[0][0]})"
        )


def _notes(order: TrainOrder, source: ClipSource, targets: Targets) -> list[str]:
    """Return console lines: how a step is made up, and what is special about it."""
    notes = [
        f"global batch {order.global_batch} = {counted(order.per_device, 'clip')} x {counted(order.world, 'process')}"
        f" x {order.accumulation} accumulated; {counted(order.steps, 'step')} an epoch"
    ]
    if order.clips_per_video > 1:
        notes.append(
            f"{order.clips_per_video} clips per video that is opened: an epoch has as many clips as ever, of "
            f"1/{order.clips_per_video} of the videos"
        )
    if order.videos < order.global_batch:
        notes.append(
            f"{counted(order.videos, 'training video')}, fewer than a global batch: a step sees some more than once"
        )
    flipped = [targets.flips.note] if targets.flips.note else []
    return [*notes, *flipped, *frame_index.remarks(source.folder)]
