"""Predict a split: each row's video is decoded once for all its views; one forward pass gives its scores and losses."""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from itertools import takewhile
from typing import Any

import numpy as np
import torch

from pyvideoai.data.batches import ViewBatch
from pyvideoai.data.device import ahead
from pyvideoai.data.facts import FACTS, with_sight
from pyvideoai.data.loader import EvalLoader
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.reporting.waiting import patiently
from pyvideoai.scoring.averaging import average_views, exchange_mirrored
from pyvideoai.scoring.predictions import ARRAYS, Predictions, Sample, by_video, gather
from pyvideoai.scoring.samples import rows_to_show
from pyvideoai.scoring.trained import TrainedModel
from pyvideoai.signals import Signals
from pyvideoai.tasks import Task

UNASKED = Signals()  # never installed, so that no signal comes
SHOWN_FRAMES = 8  # of a sample
SUM_ERROR = 0.02  # the sum of a softmax in bf16 may be so far from 1
PROBABILITIES = (
    "WARNING: the network returns probabilities, which sum to 1. It must return logits: the loss and the scores have a "
    "softmax of their own (multi-label: sigmoids), and a second one hides most of what the network learns"
)


def predict_split(
    model: TrainedModel,
    loader: EvalLoader,
    *,
    processes: Processes,
    reporter: Reporter,
    title: str,
    signals: Signals = UNASKED,
    after_batch: Callable[[], None] = lambda: None,
    doubtful: bool = True,
) -> Predictions:
    """Predict every row of a loader's split, gather the rows of all processes, and name the videos that failed.

    doubtful: whether to warn if the network returns probabilities, which a training does in its first epoch only.
    Raises `Stopped` on all processes if one of `signals` came to any of them.
    """

    def done(videos: int) -> None:
        progress.update(videos * processes.world)
        after_batch()

    with reporter.progress(title, loader.videos) as progress:
        piece = predict(
            model,
            takewhile(lambda batch: not signals.asked, patiently(loader, reporter.log, loader.reading)),
            average=loader.views.average,
            exchange=partial(exchange_mirrored, mirrored=loader.views.mirrored(), labels=loader.mirrored_labels),
            clips_per_forward=loader.clips_per_forward,
            after_batch=done,
            sampled=rows_to_show(loader.videos, processes.rank, processes.world),
            look_at=partial(_doubt, reporter) if doubtful else lambda logits: None,
        )
    if processes.any(signals.asked):  # once, whatever the number of batches: processes have different numbers of videos
        raise signals.stopped(f"during {title}")
    predictions = gather(piece, processes, loader.videos)
    reporter.failures(title, predictions.failures)
    return predictions


def predict_videos(model: TrainedModel, loader: EvalLoader, **options: Any) -> Predictions:
    """Predict every video of a loader's split: as `predict_split`, then average the rows that share a video_id."""
    return by_video(predict_split(model, loader, **options), loader.table)


def predict(
    model: TrainedModel,
    batches: Iterable[ViewBatch],
    *,
    average: str,
    clips_per_forward: int | None,
    exchange: Callable[[torch.Tensor], torch.Tensor] = lambda logits: logits,
    after_batch: Callable[[int], None] = lambda videos: None,
    sampled: Collection[int] = (),
    look_at: Callable[[torch.Tensor], None] = lambda logits: None,
) -> Predictions:
    """Predict this process's batches.

    clips_per_forward: None: as many as fit into memory. exchange: what is done to the logits of each batch, such as
    `exchange_mirrored`. after_batch: called with how many videos each batch held. sampled: rows whose first view is
    kept, for people to look at. look_at: called with the first logits.
    """
    pieces, failures, shown = list[tuple[torch.Tensor, ...]](), [], list[tuple[int, torch.Tensor]]()
    for batch in ahead(batches, model.device, ViewBatch.moved):
        failures += batch.failures
        if len(batch.rows):
            clips = batch.on(model.device)
            shows_pixels = clips.dtype == torch.uint8  # kept features have none
            logits = exchange(model.logits(clips, clips_per_forward))
            if not pieces:
                look_at(logits)
            scores = average_views(logits, average, model.task)
            losses = model.losses(logits, batch.labels).double()
            # Copies: a worker's own tensor would keep a file open for each batch.
            rows, labels, facts = (each.clone() for each in (batch.rows, batch.labels, batch.facts))
            facts = with_sight(facts, clips) if shows_pixels else facts
            pieces.append((rows, labels, scores, losses, facts))
            shown += [
                (row, _frames_to_show(views))
                for row, views in zip(batch.rows.tolist(), clips, strict=True)
                if row in sampled and shows_pixels
            ]
        after_batch(len(batch.rows) + len(batch.failures))
    # Only now is the device waited for.
    samples = [Sample(row, frames.cpu().numpy()) for row, frames in shown]
    arrays = [torch.cat(each).cpu().numpy() for each in zip(*pieces, strict=True)] or _nothing(model.task)
    return Predictions(
        model.task, average, **dict(zip(ARRAYS, arrays, strict=True)), failures=failures, samples=samples
    )


def are_probabilities(logits: torch.Tensor) -> bool:
    """Return whether what a network gave can only be a softmax's output: over the classes, all of it sums to 1."""
    sums = logits.double().sum(-1)
    return logits.shape[-1] > 1 and bool((logits >= 0).all()) and bool(((sums - 1).abs() < SUM_ERROR).all())


def _doubt(reporter: Reporter, logits: torch.Tensor) -> None:
    if are_probabilities(logits):
        reporter.log(PROBABILITIES)


def _frames_to_show(views: torch.Tensor) -> torch.Tensor:
    """Return some frames of a video's first view; views: uint8 (views, T, H, W, 3)."""
    frames = np.linspace(0, views.shape[1] - 1, min(views.shape[1], SHOWN_FRAMES)).round().astype(int)
    return torch.stack([views[0, frame] for frame in frames.tolist()])  # a copy: the batch's memory is not held


def _nothing(task: Task) -> list[np.ndarray]:
    """Return the arrays of a pass without videos, in the order of `ARRAYS`."""
    nothing = np.empty((0, 0), np.float32)
    return [np.empty(0, np.int64), task.label_array([], 0), nothing, np.empty(0), np.empty((0, len(FACTS)), np.float32)]
