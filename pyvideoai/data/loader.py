"""Loaders: which videos come when, in which process and worker. What is drawn depends on neither count."""

import signal
import sys
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from pyvideoai.config.load import Config
from pyvideoai.cores import usable_cores
from pyvideoai.data.batches import TrainBatch, ViewBatch
from pyvideoai.data.dataset import (
    TestViews,
    TrainClips,
    flips_in,
    join_clips,
    join_views,
    mirrored_labels,
    training_steps,
)
from pyvideoai.data.mistakes import Items, Joined, raised
from pyvideoai.data.order import TrainOrder
from pyvideoai.data.pixels import PixelStep, training_region
from pyvideoai.data.views import Views
from pyvideoai.data.weights import row_weights
from pyvideoai.errors import UserError
from pyvideoai.tasks import task_of
from pyvideoai.video.layouts import index as frame_index

if TYPE_CHECKING:
    import pandas as pd

MOST_WORKERS = 16
LARGE_BATCH = 2**26  # bytes; of larger ones each worker keeps one ready, not two
FAILURES_SHOWN = 5
TRIED = 32  # draws of the pixel steps that are tried before training, for a wide and a tall video


class TrainLoader:
    """The training list, epoch by epoch, as lists of the batches that one optimiser step accumulates."""

    def __init__(self, loader: DataLoader, order: TrainOrder, notes: list[str]) -> None:
        self.loader, self.order, self.notes = loader, order, notes
        self.steps, self.clips_per_device = order.steps, order.per_device

    def epoch(self, epoch: int, *, start_step: int = 0) -> Iterator[list[TrainBatch]]:
        """The steps of an epoch (counted from 1), from `start_step` (counted from 0).

        Raises UserError when hardly any video can be decoded; a few failures are in the batches.
        """
        self.order.epoch, self.order.start_step = epoch, start_step
        step: list[TrainBatch] = []
        for batch in raised(self.loader):
            _refuse_short(batch, self.clips_per_device)
            step.append(batch)
            if len(step) == self.order.accumulation:
                yield step
                step = []


class EvalLoader:
    """This process's rows of a split, whose whole table is `table`; `videos` counts the rows of all processes.

    mirrored_labels: see `dataset.mirrored_labels`.
    """

    def __init__(
        self,
        loader: DataLoader,
        views: Views,
        table: "pd.DataFrame",
        clips_per_forward: int,
        mirrored_labels: list[int] | None = None,
    ) -> None:
        self.loader, self.views, self.table, self.clips_per_forward = loader, views, table, clips_per_forward
        self.mirrored_labels = mirrored_labels
        self.videos = len(table)

    def __iter__(self) -> Iterator[ViewBatch]:
        return raised(self.loader)


def train_loader(
    table: "pd.DataFrame", *, config: Config, rank: int = 0, world: int = 1, workers: int = 0, pin_memory: bool = False
) -> TrainLoader:
    """The loader of the training table, for process `rank` of `world`.

    `workers`: processes that read, see `worker_count`; 0: this one. What is drawn depends on none of these.
    Raises UserError when the experiment's pixel steps don't give clips of one size.
    """
    exp = config.exp
    exp.guard("train_pixels").run(_check_sizes, training_steps(config), doing="a step of train_pixels")
    per_device = exp.clips_per_device or exp.global_batch // world
    task = task_of(config.dataset.multi_label)
    weights = row_weights(table, sampler=exp.sampler, balance=exp.balance, task=task)
    order = TrainOrder(
        len(table),
        global_batch=exp.global_batch,
        per_device=per_device,
        rank=rank,
        world=world,
        seed=exp.seed,
        weights=weights,
        clips_per_video=exp.clips_per_video,
    )
    workers = min(workers, order.steps * order.accumulation)
    options = _worker_options(config, workers, persistent=True) | {"pin_memory": pin_memory}
    loader = DataLoader(
        Items(TrainClips(table, config), exp.guard("train_clip")),
        batch_sampler=order,
        collate_fn=Joined(join_clips),
        **options,
    )
    return TrainLoader(loader, order, _notes(config, order))


def eval_loader(
    table: "pd.DataFrame",
    *,
    config: Config,
    views: Views,
    rank: int = 0,
    world: int = 1,
    workers: int = 0,
    pin_memory: bool = False,
    persistent: bool = False,
) -> EvalLoader:
    """The loader of a split's videos with all their views: rows rank, rank + world, ...; nothing is padded.

    `persistent`: whether the workers stay for the next pass.
    """
    exp = config.exp
    clips = exp.eval_clips_per_device or exp.clips_per_device or exp.global_batch
    videos_per_batch = max(clips // views.count, 1)
    rows = list(range(rank, len(table), world))
    batches = [rows[first : first + videos_per_batch] for first in range(0, len(rows), videos_per_batch)]
    options = _worker_options(config, min(workers, len(batches)), persistent=persistent) | {"pin_memory": pin_memory}
    if workers and exp.train_clip.frames * views.size**2 * 3 * views.count * videos_per_batch > LARGE_BATCH:
        options["prefetch_factor"] = 1
    loader = DataLoader(
        Items(TestViews(table, config, views), exp.guard("train_clip")),
        batch_sampler=batches,
        collate_fn=Joined(join_views),
        **options,
    )
    return EvalLoader(loader, views, table, clips, mirrored_labels(config, views))


def worker_count(setting: int | str, processes_here: int = 1) -> int:
    """Workers per process: as set, or one per usable core, shared by the processes of this machine, 16 at most."""
    if setting != "auto":
        return int(setting)
    return min(max(usable_cores() // processes_here, 1), MOST_WORKERS)


def _worker_options(config: Config, workers: int, *, persistent: bool) -> dict[str, Any]:
    # a generator of its own: a DataLoader that draws from torch's would change what dropout draws after a resume
    options = {"generator": torch.Generator(), "num_workers": workers}
    if workers == 0:
        return options
    return options | {
        "worker_init_fn": _leave_signals_to_parent,
        "persistent_workers": persistent,
        "multiprocessing_context": _context(config.exp.start_method, config.exp.reader),
    }


def _context(method: str, reader: str) -> BaseContext:
    """auto: fork on Linux, spawn elsewhere. A fork server imports what workers need once for all of them.

    Raises UserError for a reader on a GPU, which a forked process cannot use.
    """
    on_gpu = reader == "torchcodec_cuda"
    if on_gpu and method == "fork":
        raise UserError("reader = 'torchcodec_cuda' can't be used with start_method = 'fork'; take 'auto' or 'spawn'")
    forked = sys.platform == "linux" and not on_gpu
    context = get_context(("fork" if forked else "spawn") if method == "auto" else method)
    if method == "forkserver":
        context.set_forkserver_preload([__name__])
    return context


def _leave_signals_to_parent(worker: int) -> None:
    """Workers end when their parent, which answers the signal between two steps, lets them go.

    Ctrl-C reaches every process of a terminal, and schedulers send SIGTERM to all processes of a job: a worker that
    died of it would end its parent with an error in the middle of a step. A second SIGTERM, which the parent sends to
    workers that don't end when asked, does end one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: signal.signal(number, signal.SIG_DFL))


def _refuse_short(batch: TrainBatch, clips: int) -> None:
    """A place of a batch stays empty only after many failures in a row."""
    if len(batch.rows) < clips:
        reasons = "; ".join(dict.fromkeys(f"{each.video}: {each.reason}" for each in batch.failures[:FAILURES_SHOWN]))
        raise UserError(f"{len(batch.failures)} videos in a batch of {clips} clips could not be decoded: {reasons}")


def _check_sizes(steps: tuple[PixelStep, ...]) -> None:
    """Try the steps on a wide and on a tall video: all clips must come out at one size."""
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


def _notes(config: Config, order: TrainOrder) -> list[str]:
    """Lines for the console: how a step is made up, and what of the configs does not apply."""
    notes = [
        f"global batch {order.global_batch} = {order.per_device} clips x {order.world} processes"
        f" x {order.accumulation} accumulated; {order.steps} steps an epoch"
    ]
    if order.clips_per_video > 1:
        notes.append(
            f"{order.clips_per_video} clips per video that is opened: an epoch has as many clips as ever, of "
            f"1/{order.clips_per_video} of the videos"
        )
    if order.videos < order.global_batch:
        notes.append(
            f"the {order.videos} training videos are fewer than a global batch: a step sees some of them more than once"
        )
    flipped = flips_in(config).note
    if any(mirrored_labels(config, views) for views in (config.exp.val_views, config.exp.test_views)):
        notes.append("views that are mirrored have the scores of left and right exchanged back")
    remarks = frame_index.remarks(Path(config.dataset.prepared or config.dataset.root))
    return [*notes, *([flipped] if flipped else []), *remarks]
