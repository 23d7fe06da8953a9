"""Predict the videos of a table in batches. One that can't be decoded is a prediction with an error, never left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pyvideoai.data import Targets, eval_loader
from pyvideoai.data.batches import ViewBatch
from pyvideoai.predicting.scorer import Named, Scorer
from pyvideoai.unpack import SamplingGuard

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Prediction:
    """Hold what a network says of a video or of a part of it.

    row: of the table. video: its path, as given. top: the most probable classes with their probabilities, best first.
    probabilities: float32 (classes,). error: why the video can't be decoded; "" if it can, otherwise top is empty.
    """

    row: int
    video: str
    top: list[Named] = field(default_factory=list)
    probabilities: np.ndarray | None = None
    error: str = ""


def predict_table(scorer: Scorer, table: "pd.DataFrame", *, top: int = 5, workers: int = 0) -> Iterator[Prediction]:
    """Yield a prediction for each row of `table` (`sources.read_sources`), in its order.

    Batches are those of an evaluation, so the numbers are its numbers too. workers: processes that read.
    """
    loader = _loader(scorer, table, workers)
    done = 0
    for batch in loader:
        count = len(batch.rows) + len(batch.failures)
        yield from _of_batch(scorer, table, batch, range(done, done + count), top)
        done += count


def _loader(scorer: Scorer, table: "pd.DataFrame", workers: int) -> Any:
    config, task = scorer.trained.config, scorer.trained.model.task
    without_label = task.of_numbers([])
    return eval_loader(
        table.assign(label=[without_label] * len(table)),
        source=scorer.source,
        targets=Targets(scorer.classes, task=task),
        views=scorer.views,
        clips_per_device=scorer.clips_per_forward,
        workers=workers,
        start_method=config.exp.start_method,
        video_timeout_s=config.exp.video_timeout_s,
        pin_memory=scorer.trained.model.device.type == "cuda",
        guard=SamplingGuard(config.exp),
    )


def _of_batch(scorer: Scorer, table: "pd.DataFrame", batch: ViewBatch, rows: range, top: int) -> Iterator[Prediction]:
    """Yield the predictions of a batch's rows, those of its failures in their places."""
    decoded = batch.rows.tolist()
    scores = iter(scorer.probabilities(batch.on(scorer.trained.model.device)) if decoded else ())
    failures, videos = iter(batch.failures), table["video"]
    for row in rows:
        if row in decoded:
            probabilities = next(scores)
            yield Prediction(row, videos[row], scorer.top(probabilities, top), probabilities)
        else:
            yield Prediction(row, videos[row], error=next(failures).reason)
