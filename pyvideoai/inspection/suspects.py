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
COLUMNS = ("video", "label", "suggested_label", "agreement", "mean_loss", "row", "right_label")


@dataclass(frozen=True)
class Suspect:
    """A training video that stays hard.

    row: of the training table, counted from 0. entry: the row. label, suggested: names; suggested is the class that the
    network named most often in the later epochs, "" if that is the label. agreement: in which share of them, 0 to 1.
    """

    row: int
    entry: SimpleNamespace
    label: str
    suggested: str
    agreement: float
    mean_loss: float


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
    scores = suspicion(losses)
    ranked = [int(row) for row in np.argsort(-scores, kind="stable") if math.isfinite(scores[row])]
    listed = min(max(math.ceil(SHARE * len(ranked)), FEWEST), MOST)
    rows = list(table.itertuples(index=False))
    return [_suspect(run, row, rows[row], losses, float(scores[row])) for row in ranked[:listed]]


def suspicion(losses: ClipLosses) -> np.ndarray:
    """Return how suspicious each row is, float64 (R,): its mean loss over the second half of the epochs, in which the
    network has learnt what is common. -inf for a row without a clip there.
    """
    late = losses.losses[_late(losses)].astype(np.float64)
    known = np.isfinite(late)
    sums, counts = np.where(known, late, 0).sum(axis=0), known.sum(axis=0)
    return np.divide(sums, counts, out=np.full(late.shape[1], -np.inf), where=counts > 0)


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


def _late(losses: ClipLosses) -> slice:
    return slice(len(losses.epochs) // 2, None)


def _suspect(run: Run, row: int, entry: Any, losses: ClipLosses, score: float) -> Suspect:
    seen = losses.predicted[_late(losses), row]
    seen = seen[seen >= 0]
    counts = np.bincount(seen, minlength=1)
    found = int(counts.argmax())
    labels = [run.classes[each] for each in entry.label]
    name = run.classes[found] if len(seen) and found < len(run.classes) else ""
    suggested = "" if name in labels else name
    return Suspect(row, entry, ";".join(labels), suggested, float(counts[found]) / max(len(seen), 1), score)


def _given(suspects: Sequence[Suspect], name: str) -> bool:
    return any(getattr(each.entry, name, np.nan) == getattr(each.entry, name, np.nan) for each in suspects)
