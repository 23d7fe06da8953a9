"""Find training videos whose label may be wrong: those that stay hard over all epochs."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from pyvideoai.errors import UserError
from pyvideoai.files import write_whole
from pyvideoai.inspection.runs import PART, Run
from pyvideoai.reporting.clip_losses import CLIP_LOSSES, ClipLosses, read_clip_losses
from pyvideoai.reporting.spreadsheet import cell

SHARE, FEWEST = 0.1, 20  # of the training videos are listed; at least so many
MOST = 2000
FEW = 5  # videos of a label; with fewer, what is usual for all videos counts
COLUMNS = ("video", "label", "suggested_label", "agreement", "mean_loss", "row", "right_label")


@dataclass(frozen=True)
class Suspect:
    """A training video that stays hard.

    row: of the training table, counted from 0. entry: the row. label, suggested: names; suggested is the other class
    that the network named most often in the later epochs, "" if it named the label more often. agreement: in which
    share of them, 0 to 1. mean_loss: over them.
    """

    row: int
    entry: SimpleNamespace
    label: str
    suggested: str
    agreement: float
    mean_loss: float


@dataclass(frozen=True)
class Late:
    """Hold what the later half of the epochs, in which the network has learnt what is common, tells of R rows.

    loss: float64 (R,), the mean, NaN for a row without a clip there. other: int64 (R,), the most frequent prediction
    besides the label, -1 for none. agreement, own: float64 (R,), the shares of epochs that predict it, and the label.
    """

    loss: np.ndarray
    other: np.ndarray
    agreement: np.ndarray
    own: np.ndarray


def suspects_of(run: Run) -> list[Suspect]:
    """Return the most suspicious tenth of a run's training videos, the most suspicious first.

    Raises UserError where the run lacks the files: it is of an older version, or has not finished an epoch.
    """
    path = run.folder.logs / CLIP_LOSSES
    losses = read_clip_losses(path)
    if losses is None or not len(losses.epochs):
        raise UserError(f"{path} is missing: the run is of an older version, or has not finished an epoch")
    table = run.split_table("train")
    if len(table) != losses.losses.shape[1]:
        raise UserError(f"{path} is of {losses.losses.shape[1]} videos, the training table of {len(table)}")
    labels = table["label"].tolist()
    late = late_of(losses, labels)
    scores = suspicion(late, labels)
    ranked = [int(row) for row in np.argsort(-scores, kind="stable") if math.isfinite(scores[row])]
    listed = min(max(math.ceil(SHARE * len(ranked)), FEWEST), MOST)
    rows = list(table.itertuples(index=False))
    return [_suspect(run, row, rows[row], late) for row in ranked[:listed]]


def suspicion(late: Late, labels: Sequence[Sequence[int]]) -> np.ndarray:
    """Return how suspicious each row is, float64 (R,); -inf for one that no later epoch saw.

    It is the loss above what is usual for the label, plus the share of epochs that agree on another class: a whole hard
    class is not suspicious, and a video that looks like one other class is more so than one that looks like any.
    """
    known = np.isfinite(late.loss)
    overall = float(np.median(late.loss[known])) if known.any() else 0.0
    single = np.array([each[0] if len(each) == 1 else -1 for each in labels])
    usual = np.full(len(labels), overall)
    for label in np.unique(single[single >= 0]):
        inside = (single == label) & known
        if inside.sum() >= FEW:
            usual[single == label] = np.median(late.loss[inside])
    return np.where(known, late.loss - usual + late.agreement, -np.inf)


def late_of(losses: ClipLosses, labels: Sequence[Sequence[int]]) -> Late:
    """Return what the later half of the epochs tells. labels: the classes of each row."""
    chosen = slice(len(losses.epochs) // 2, None)
    loss, predicted = losses.losses[chosen].astype(np.float64), losses.predicted[chosen].astype(np.int64)
    seen = np.maximum((predicted >= 0).sum(axis=0), 1)
    given = np.zeros(predicted.shape, bool)
    for place in range(max(map(len, labels), default=0)):  # of most tables only the first
        given |= predicted == np.array([each[place] if place < len(each) else -1 for each in labels])
    given &= predicted >= 0
    other, count = _most_frequent(np.where(given, -1, predicted))
    finite = np.isfinite(loss)
    sums, counts = np.where(finite, loss, 0).sum(axis=0), finite.sum(axis=0)
    mean = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return Late(mean, other, count / seen, given.sum(axis=0) / seen)


def write_suspects(path: Path, suspects: Sequence[Suspect]) -> None:
    """Write a CSV in which a person can fill in the last column, right_label."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    bounds = [name for name in PART if _given(suspects, name)]
    writer.writerow([*COLUMNS[:1], *bounds, *COLUMNS[1:]])
    for each in suspects:
        part = [getattr(each.entry, name) for name in bounds]
        numbers = [f"{each.agreement:.2f}", f"{each.mean_loss:.4f}", each.row, ""]
        writer.writerow(map(cell, [each.entry.video, *part, each.label, each.suggested, *numbers]))
    write_whole(path, text.getvalue())


def _most_frequent(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the most frequent value of each column from 0 on, and how often it occurs; -1 and 0 for none."""
    columns = values.shape[1]
    best, most = np.full(columns, -1), np.zeros(columns, np.int64)
    before, run = np.full(columns, -1), np.zeros(columns, np.int64)
    for row in np.sort(values, axis=0):  # equal values follow each other: the longest run is of the most frequent one
        run = np.where(row < 0, 0, np.where(row == before, run + 1, 1))
        longer = run > most
        best, most, before = np.where(longer, row, best), np.where(longer, run, most), row
    return best, most


def _suspect(run: Run, row: int, entry: Any, late: Late) -> Suspect:
    label, found = ";".join(run.classes[each] for each in entry.label), int(late.other[row])
    suggests = 0 <= found < len(run.classes) and late.agreement[row] >= late.own[row]
    suggested = run.classes[found] if suggests else ""
    return Suspect(row, entry, label, suggested, float(late.agreement[row]), float(late.loss[row]))


def _given(suspects: Sequence[Suspect], name: str) -> bool:
    return any(getattr(each.entry, name, np.nan) == getattr(each.entry, name, np.nan) for each in suspects)
