"""Loaders: which videos come when, in which process and worker. What is drawn depends on neither count."""

import os
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.data import DataLoader

from pyvideoai.config.load import Config
from pyvideoai.data.batches import TrainBatch, ViewBatch
from pyvideoai.data.dataset import ORDER_STREAM, Draw, TestViews, TrainClips, join_clips, join_views, training_steps
from pyvideoai.data.views import Views
from pyvideoai.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

MOST_WORKERS = 16


class TrainOrder:
    """The rows of each epoch in global batches, and this process's share of them in batches of `per_device`.

    Step s of an epoch takes the same `global_batch` clips however many processes share them.
    """

    def __init__(
        self,
        videos: int,
        *,
        global_batch: int,
        per_device: int,
        rank: int,
        world: int,
        seed: int,
        weights: np.ndarray | None,
    ) -> None:
        self.videos, self.global_batch, self.per_device = videos, global_batch, per_device
        self.rank, self.world, self.seed, self.weights = rank, world, seed, weights
        self.steps = max(videos // global_batch, 1)
        self.accumulation = global_batch // (per_device * world)
        self.epoch, self.start_step = 1, 0

    def __len__(self) -> int:
        return (self.steps - self.start_step) * self.accumulation

    def __iter__(self) -> Iterator[list[Draw]]:
        rows = self.rows(self.epoch)
        for step in range(self.start_step, self.steps):
            for part in range(self.accumulation):
                first = step * self.global_batch + (part * self.world + self.rank) * self.per_device
                yield [
                    Draw(self.epoch, position, int(rows[position]))
                    for position in range(first, first + self.per_device)
                ]

    def rows(self, epoch: int) -> np.ndarray:
        """int64 (steps * global_batch,): every row once, less the incomplete last batch; or drawn by weight."""
        rng = np.random.default_rng([self.seed, ORDER_STREAM, epoch])
        wanted = self.steps * self.global_batch
        if self.weights is not None:
            return rng.choice(self.videos, size=wanted, p=self.weights / self.weights.sum())
        rounds = [rng.permutation(self.videos) for _ in range(-(-wanted // self.videos))]
        return np.concatenate(rounds)[:wanted]


class TrainLoader:
    """The training list, epoch by epoch, as lists of the batches that one optimiser step accumulates."""

    def __init__(self, loader: DataLoader, order: TrainOrder, notes: list[str]) -> None:
        self.loader, self.order, self.notes = loader, order, notes
        self.steps, self.clips_per_device = order.steps, order.per_device

    def epoch(self, epoch: int, *, start_step: int = 0) -> Iterator[list[TrainBatch]]:
        """The steps of an epoch (counted from 1), from `start_step` (counted from 0)."""
        self.order.epoch, self.order.start_step = epoch, start_step
        step: list[TrainBatch] = []
        for batch in self.loader:
            step.append(batch)
            if len(step) == self.order.accumulation:
                yield step
                step = []


class EvalLoader:
    """This process's videos of a split; `videos` counts those of all processes."""

    def __init__(self, loader: DataLoader, views: Views, videos: int, clips_per_forward: int) -> None:
        self.loader, self.views, self.videos, self.clips_per_forward = loader, views, videos, clips_per_forward

    def __iter__(self) -> Iterator[ViewBatch]:
        return iter(self.loader)


def train_loader(
    table: "pd.DataFrame", *, config: Config, rank: int = 0, world: int = 1, workers: int = 0, pin_memory: bool = False
) -> TrainLoader:
    """The loader of the training table, for process `rank` of `world`."""
    exp = config.exp
    per_device = exp.clips_per_device or exp.global_batch // world
    weights = row_weights(table, config)
    order = TrainOrder(
        len(table),
        global_batch=exp.global_batch,
        per_device=per_device,
        rank=rank,
        world=world,
        seed=exp.seed,
        weights=weights,
    )
    options = _worker_options(config, min(workers, order.steps * order.accumulation), persistent=True)
    loader = DataLoader(
        TrainClips(table, config), batch_sampler=order, collate_fn=join_clips, pin_memory=pin_memory, **options
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
    """The loader of a split's videos with all their views: rows rank, rank + world, ...; nothing is padded."""
    exp = config.exp
    clips = exp.eval_clips_per_device or exp.clips_per_device or exp.global_batch
    videos_per_batch = max(clips // views.count, 1)
    rows = list(range(rank, len(table), world))
    options = _worker_options(config, min(workers, -(-len(rows) // videos_per_batch)), persistent=persistent)
    loader = DataLoader(
        TestViews(table, config, views),
        batch_size=videos_per_batch,
        sampler=rows,
        collate_fn=join_views,
        pin_memory=pin_memory,
        **options,
    )
    return EvalLoader(loader, views, len(table), clips)


def worker_count(setting: int | str, processes_here: int = 1) -> int:
    """Workers per process: as set, or one per usable core, shared by the processes of this machine, 16 at most."""
    if setting != "auto":
        return int(setting)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(max(cores // processes_here, 1), MOST_WORKERS)


def row_weights(table: "pd.DataFrame", config: Config) -> np.ndarray | None:
    """float64 (rows,): how often each row is drawn, by the hook `sampler` or balance = 'sampling'; None: each once."""
    hook, balance = config.exp.sampler, config.exp.balance
    if hook is not None and balance == "sampling":
        raise UserError("the experiment has both a sampler hook and balance = 'sampling'; choose one")
    if hook is None:
        labels = table["label"].to_numpy()
        return 1 / np.bincount(labels)[labels] if balance == "sampling" else None
    weights = np.asarray(hook(table), dtype=np.float64)
    if weights.shape != (len(table),) or not np.isfinite(weights).all() or weights.min() < 0 or weights.sum() == 0:
        raise UserError(f"the sampler hook must return {len(table)} weights >= 0, one per row of the training table")
    return weights


def class_weights(table: "pd.DataFrame", config: Config, classes: int) -> torch.Tensor:
    """float32 (classes,): videos / (classes x videos of the class), so that every class weighs the same in the loss."""
    hook = config.dataset.class_counts
    counts = np.bincount(table["label"], minlength=classes) if hook is None else np.asarray(hook())
    return torch.tensor(counts.sum() / (classes * np.maximum(counts, 1)), dtype=torch.float32)


def _worker_options(config: Config, workers: int, *, persistent: bool) -> dict:
    if workers == 0:
        return {"num_workers": 0}
    method = config.exp.start_method
    default = "fork" if sys.platform == "linux" else "spawn"
    return {
        "worker_init_fn": _leave_signals_to_parent,
        "num_workers": workers,
        "persistent_workers": persistent,
        "multiprocessing_context": default if method == "auto" else method,
    }


def _leave_signals_to_parent(worker: int) -> None:
    """Ctrl-C reaches every process of a terminal; workers end when their parent, which answers it, lets them go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _notes(config: Config, order: TrainOrder) -> list[str]:
    """Lines for the console: how a step is made up, and what of the configs does not apply."""
    notes = [
        f"global batch {order.global_batch} = {order.per_device} clips x {order.world} processes"
        f" x {order.accumulation} accumulated; {order.steps} steps an epoch"
    ]
    if order.videos < order.global_batch:
        notes.append(
            f"the {order.videos} training videos are fewer than a global batch: a step sees some of them more than once"
        )
    if len(training_steps(config)) < len(config.exp.train_pixels):
        notes.append("HorizontalFlip is off: in this dataset a mirrored video has another label")
    return notes
