"""Keep what each training video lost in each epoch, `logs/clip_losses.npz`: what stays hard may be wrongly labelled."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pyvideoai.files import replacing

CLIP_LOSSES = "clip_losses.npz"
MOST = 2**24  # numbers of each kind, 64 MB in all; beyond it every second epoch is kept, every fourth, ...
NO_CLASS = -1
HIGHEST = 60_000.0  # a float16 reaches 65,504


@dataclass(frozen=True)
class ClipOutcomes:
    """Hold what an epoch gave of N clips: rows int64 (N,), of the training table, -1 if unknown; losses float64 (N,),
    without class weights; predicted int64 (N,), the most probable class of each, -1 for none.
    """

    rows: np.ndarray
    losses: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class ClipLosses:
    """Hold what E epochs gave of each of R rows of the training table.

    epochs: int64 (E,). losses: float16 (E, R), the mean over the row's clips; NaN if it had none. predicted: int16
    (E, R), the most probable class of the row's last clip, -1 if it had none.
    """

    epochs: np.ndarray
    losses: np.ndarray
    predicted: np.ndarray

    @classmethod
    def nothing(cls, rows: int) -> "ClipLosses":
        return cls(np.zeros(0, np.int64), np.zeros((0, rows), np.float16), np.zeros((0, rows), np.int16))

    def with_epoch(self, epoch: int, of_clips: ClipOutcomes) -> "ClipLosses":
        """Return the epochs before `epoch`, and `epoch`: what a killed run had got beyond it is made again."""
        rows = self.losses.shape[1]
        # Which epochs are kept depends on the number of this one alone, so that a resumed run keeps the same ones.
        step = 1
        while rows * epoch > MOST * step:
            step *= 2
        kept = (self.epochs < epoch) & ((self.epochs - 1) % step == 0)
        losses, predicted = _by_row(of_clips, rows)
        return ClipLosses(
            np.append(self.epochs[kept], epoch),
            np.vstack([self.losses[kept], losses]),
            np.vstack([self.predicted[kept], predicted]),
        )


def add_epoch(path: Path, epoch: int, of_clips: ClipOutcomes, rows: int) -> None:
    """Write the file anew, whole, with one more epoch. A file that can't be read is begun anew."""
    before = read_clip_losses(path)
    if before is None or before.losses.shape[1] != rows:
        before = ClipLosses.nothing(rows)
    after = before.with_epoch(epoch, of_clips)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **vars(after))


def read_clip_losses(path: Path) -> ClipLosses | None:
    """Return the content of the file; None if it is missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as content:
            found = ClipLosses(*(content[name] for name in ("epochs", "losses", "predicted")))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    shape = found.losses.shape
    return found if len(shape) == 2 and shape == found.predicted.shape and shape[:1] == found.epochs.shape else None


def _by_row(of_clips: ClipOutcomes, rows: int) -> tuple[np.ndarray, np.ndarray]:
    known = of_clips.rows >= 0
    places, losses = of_clips.rows[known], np.minimum(of_clips.losses[known], HIGHEST)
    counts = np.bincount(places, minlength=rows)
    sums = np.bincount(places, weights=losses, minlength=rows)
    # int16: for up to 32,768 classes.
    predicted = np.full(rows, NO_CLASS, np.int16)
    # Of several clips of a row, NumPy keeps the last.
    predicted[places] = of_clips.predicted[known]
    mean = np.divide(sums, counts, out=np.full(rows, np.nan), where=counts > 0)
    return mean.astype(np.float16), predicted
