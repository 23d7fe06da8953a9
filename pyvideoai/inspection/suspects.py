"""Find training videos whose label may be wrong: they stay hard over all epochs, or their features speak against it."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from pyvideoai.errors import UserError
from pyvideoai.files import write_whole
from pyvideoai.inspection.runs import PART, Run
from pyvideoai.reporting.clip_losses import CLIP_LOSSES, ClipLosses, read_clip_losses
from pyvideoai.reporting.spreadsheet import cell, uncell

if TYPE_CHECKING:
    import pandas as pd

SUSPECTS = "report_suspects.csv"  # beside report.html, in a run's folder
SHARE, FEWEST = 0.1, 20  # of the training videos are listed; at least so many
MOST = 2000
FEW = 5  # videos of a label; with fewer, what is usual for all videos counts
BY_FEATURES = "out_of_fold"  # the column that is there where there are features
COLUMNS = ("video", "label", "suggested_label", BY_FEATURES, "agreement", "mean_loss", "row", "right_label")


@dataclass(frozen=True)
class Suspect:
    """A training video whose label is in doubt.

    row: of the training table, counted from 0. entry: the row. label, suggested: names; suggested is the other class
    that features speak for, or else that the network named most often in the later epochs, "" if they speak for the
    label. agreement: in which share of the epochs the network named its other class, 0 to 1. mean_loss: over them.
    out_of_fold: the probability that features give the label (`second_opinion`). NaN: not known.
    """

    row: int
    entry: SimpleNamespace
    label: str
    suggested: str
    agreement: float
    mean_loss: float
    out_of_fold: float = math.nan


@dataclass(frozen=True)
class Late:
    """Hold what the later half of the epochs, in which the network has learnt what is common, tells of R rows.

    loss: float64 (R,), the mean, NaN for a row without a clip there. other: int64 (R,), the most frequent prediction
    besides the label, -1 for none. agreement, own: float64 (R,), the shares of epochs that predict it, and the label;
    agreement is NaN, too, for a row without a clip.
    """

    loss: np.ndarray
    other: np.ndarray
    agreement: np.ndarray
    own: np.ndarray


def suspects_of(run: Run, table: "pd.DataFrame", opinion: np.ndarray | None = None) -> list[Suspect]:
    """Return the most suspicious tenth of a run's training videos, the most suspicious first.

    table: of the training split. opinion: what `second_opinion` gave; it counts beside the losses, since both together
    find more. Raises UserError where the run lacks the files: it is of an older version, or has not finished
    an epoch; with an opinion, only if what is there is of another table.
    """
    labels = table["label"].tolist()
    late = _late_of_run(run, labels, needed=opinion is None)
    scores = suspicion(late, labels)
    if opinion is not None:
        scores = _together(scores, 1 - opinion[np.arange(len(table)), [label[0] for label in labels]])
    ranked = [int(row) for row in np.argsort(-scores, kind="stable") if math.isfinite(scores[row])]
    listed = min(max(math.ceil(SHARE * len(ranked)), FEWEST), MOST)
    rows = list(table.itertuples(index=False))
    return [_suspect(run, row, rows[row], late, opinion) for row in ranked[:listed]]


def _together(by_loss: np.ndarray, doubt: np.ndarray) -> np.ndarray:
    """Return the sum of both signs, float64 (R,), each less its mean and divided by its deviation: which spreads more
    differs from network to network. A row that a sign doesn't know has its mean; one that neither knows has -inf.
    """
    total, known = np.zeros(len(doubt)), np.zeros(len(doubt), bool)
    for sign in (by_loss, doubt):
        finite = np.isfinite(sign)
        if finite.any():
            total[finite] += (sign[finite] - sign[finite].mean()) / max(float(sign[finite].std()), 1e-9)
        known |= finite
    return np.where(known, total, -np.inf)


def _late_of_run(run: Run, labels: Sequence[Sequence[int]], *, needed: bool) -> Late:
    """Return what the later half of a run's epochs tells; nothing if it isn't there and isn't needed."""
    path = run.folder.logs / CLIP_LOSSES
    losses = read_clip_losses(path)
    if losses is None or not len(losses.epochs):
        if needed:
            raise UserError(f"{path} is missing: the run is of an older version, or has not finished an epoch")
        return late_of(ClipLosses.nothing(len(labels)), labels)
    if len(labels) != losses.losses.shape[1]:
        raise UserError(f"{path} is of {losses.losses.shape[1]} videos, the training table of {len(labels)}")
    return late_of(losses, labels)


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
    agreement = np.where((predicted >= 0).any(axis=0), count / seen, np.nan)
    return Late(mean, other, agreement, given.sum(axis=0) / seen)


def write_suspects(path: Path, suspects: Sequence[Suspect]) -> None:
    """Write a CSV in which a person can fill in the last column, right_label.

    What was filled in in the file before stays, also in rows that are suspicious no more.
    """
    text, filled = io.StringIO(), _filled_in(path)
    bounds = [name for name in PART if _given(suspects, name)]
    by_features = any(math.isfinite(each.out_of_fold) for each in suspects)
    names = [name for name in (*COLUMNS[:1], *bounds, *COLUMNS[1:]) if by_features or name != BY_FEATURES]
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for each in suspects:
        before = filled.pop((str(each.row), each.entry.video), {})
        part = {name: getattr(each.entry, name) for name in bounds}
        writer.writerow({
            **{name: cell(value) for name, value in {**_cells_of(each), **part}.items()},
            "right_label": before.get("right_label", ""),
        })  # fmt: skip
    writer.writerows(filled.values())
    write_whole(path, text.getvalue())


def _cells_of(suspect: Suspect) -> dict[str, Any]:
    """Return a suspect's cells by the names of their columns."""
    numbers = {BY_FEATURES: suspect.out_of_fold, "agreement": suspect.agreement}
    return {
        "video": suspect.entry.video,
        "label": suspect.label,
        "suggested_label": suspect.suggested,
        **{name: "" if math.isnan(value) else f"{value:.2f}" for name, value in numbers.items()},
        "mean_loss": "" if math.isnan(suspect.mean_loss) else f"{suspect.mean_loss:.4f}",
        "row": suspect.row,
    }


def _filled_in(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return the rows, by number and video, in which somebody has filled in right_label."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row.get("right_label") or "").strip()]
    return {(row.get("row", ""), uncell(row.get("video", ""))): row for row in rows}


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


def _suspect(run: Run, row: int, entry: Any, late: Late, opinion: np.ndarray | None) -> Suspect:
    label, found = ";".join(run.classes[each] for each in entry.label), int(late.other[row])
    suggests = 0 <= found < len(run.classes) and late.agreement[row] >= late.own[row]
    suggested, own = run.classes[found] if suggests else "", math.nan
    if opinion is not None and math.isfinite(opinion[row, entry.label[0]]):
        own, best = float(opinion[row, entry.label[0]]), int(opinion[row].argmax())
        suggested = "" if best == entry.label[0] else run.classes[best]
    return Suspect(row, entry, label, suggested, float(late.agreement[row]), float(late.loss[row]), own)


def _given(suspects: Sequence[Suspect], name: str) -> bool:
    return any(getattr(each.entry, name, np.nan) == getattr(each.entry, name, np.nan) for each in suspects)
