"""The result of a pass over a split: a score for each row, gathered from all processes and joined into videos."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch

from pyvideoai.data.batches import Failure
from pyvideoai.data.facts import FACTS
from pyvideoai.data.table import video_numbers
from pyvideoai.metrics import Outcomes
from pyvideoai.processes import Processes
from pyvideoai.scoring.averaging import reduce_scores, to_probabilities
from pyvideoai.tasks import Task

ARRAYS = ("rows", "labels", "scores", "losses", "facts")


@dataclass(frozen=True)
class Sample:
    """Hold the first view of a row's video: uint8 (T, H, W, 3)."""

    row: int
    clip: np.ndarray


@dataclass(frozen=True)
class Predictions:
    """Hold the scores of one split's rows (or, after `by_video`, videos), and the videos that could not be decoded.

    rows: int64 (N,), row in the split table. labels: int64 (N,), for multi-label data float32 (N, classes). scores:
    float32 (N, classes), logits or probabilities averaged over the views as `average` says. losses: float64 (N,), the
    loss of each view's own logits, averaged over the views. undecoded: labels of the videos without a score; None until
    `by_video` has found them. facts: float32 (N, len(FACTS)), see `data.facts`; NaN where they were not computed.
    samples: what some of this process's rows look like.
    """

    task: Task
    average: str
    rows: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    losses: np.ndarray
    failures: list[Failure] = field(default_factory=list)
    undecoded: np.ndarray | None = None
    facts: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    samples: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.facts) != len(self.rows):
            object.__setattr__(self, "facts", np.full((len(self.rows), len(FACTS)), np.nan, np.float32))

    @property
    def failed(self) -> int:
        """Count the videos without a score."""
        return len(self.failures) if self.undecoded is None else len(self.undecoded)

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Return float32 (N, classes)."""
        return to_probabilities(torch.from_numpy(self.scores), self.average, self.task).numpy()

    @cached_property
    def outcomes(self) -> Outcomes:
        """Return the outcomes that metrics are computed from."""
        return self.task.outcomes(self.labels, self.probabilities, self.losses)

    def with_undecoded(self) -> "Predictions":
        """Add the videos that could not be decoded, with NaN scores, so that every metric counts them as wrong."""
        labels = self.labels[:0] if self.undecoded is None else self.undecoded
        nothing = np.full((len(labels), *self.scores.shape[1:]), np.nan, np.float32)
        return replace(
            self,
            rows=np.concatenate([self.rows, np.full(len(labels), -1)]),
            labels=np.concatenate([self.labels, labels]),
            scores=np.concatenate([self.scores, nothing]),
            losses=np.concatenate([self.losses, np.full(len(labels), np.nan)]),
            facts=np.concatenate([self.facts, np.full((len(labels), len(FACTS)), np.nan, np.float32)]),
            undecoded=None,
        )


def gather(piece: Predictions, processes: Processes, videos: int) -> Predictions:
    """Return the predictions of all processes in the table's order, on every process; assert that each row is
    there once.
    """
    # Samples are pictures: they stay with the process that reads them.
    pieces = processes.gather(replace(piece, samples=[]))
    # A process without a single decoded video has arrays without classes (N, 0), which don't concatenate with the
    # others'.
    filled = [each for each in pieces if len(each.rows)] or pieces[:1]
    order = np.argsort(np.concatenate([each.rows for each in filled]), kind="stable")
    joined = {name: np.concatenate([getattr(each, name) for each in filled])[order] for name in ARRAYS}
    failures = [failure for each in pieces for failure in each.failures]
    rows = joined["rows"]
    assert len(np.unique(rows)) == len(rows) and len(rows) + len(failures) == videos, "a video was lost or scored twice"
    return Predictions(piece.task, piece.average, **joined, failures=failures, samples=piece.samples)


def by_video(predictions: Predictions, table: pd.DataFrame) -> Predictions:
    """Average the rows that share a video_id into one prediction per video. The result keeps the first row's index.

    A row that failed is left out of its video's average. A video whose rows all failed counts as undecoded.
    """
    if not len(predictions.rows):
        return predictions
    numbers = video_numbers(table)
    of_rows = numbers[predictions.rows]
    # Rows are in the table's order here, so `first` is a video's first row that has a score.
    scored, first, counts = np.unique(of_rows, return_index=True, return_counts=True)
    # One entry for each video that has no score: its first row in the table.
    missing = ~np.isin(numbers, scored) & ~pd.Series(numbers).duplicated().to_numpy()
    undecoded = predictions.task.label_array(table["label"][missing].tolist(), predictions.scores.shape[1])
    if len(scored) == len(predictions.rows):
        return replace(predictions, undecoded=undecoded)
    order, ends = np.argsort(of_rows, kind="stable"), np.cumsum(counts)[:-1]
    return replace(
        predictions,
        rows=predictions.rows[first],
        labels=predictions.labels[first],
        scores=_joined(np.split(predictions.scores[order], ends), predictions.average),
        losses=np.array([part.mean() for part in np.split(predictions.losses[order], ends)]),
        facts=np.stack([part.mean(axis=0) for part in np.split(predictions.facts[order], ends)]),
        undecoded=undecoded,
    )


def _joined(parts: Sequence[np.ndarray], how: str) -> np.ndarray:
    return torch.stack([reduce_scores(torch.from_numpy(part), how) for part in parts]).numpy()
