"""Fuse saved predictions of several models (two streams, an ensemble): a weighted mean of their probabilities."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pyvideoai.annotations.names import in_one_line
from pyvideoai.errors import UserError, counted
from pyvideoai.files import replacing
from pyvideoai.metrics import Outcomes
from pyvideoai.tasks import Task, task_of

STEPS = 20  # a weight is a multiple of 1 / STEPS, where there are few files to fuse
MOST_TRIED = 20_000  # combinations of weights
ARRAYS = ("rows", "labels", "probabilities", "classes")


@dataclass(frozen=True)
class Saved:
    """Hold the predictions of a file that an evaluation saved (`reporting.predictions`).

    keys: what names each video: text (N,), or, in files without names, its row in the split table. labels: int64 (N,),
    for multi-label data float32 (N, classes). probabilities: float32 (N, classes).
    """

    path: Path
    keys: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    classes: np.ndarray

    @property
    def task(self) -> Task:
        return task_of(self.labels.ndim == 2)

    def outcomes(self, probabilities: np.ndarray) -> Outcomes:
        """Return what metrics are computed from, for other probabilities of the same videos."""
        return self.task.outcomes(self.labels, probabilities, _losses(self.labels, probabilities))

    def score(self, probabilities: np.ndarray) -> float:
        """Return the task's main metric, in percent: top-1, or mean average precision."""
        return float(self.task.metrics[0](self.outcomes(probabilities)))


def read_saved(path: Path) -> Saved:
    """Read a .npz file of predictions. Raises UserError, which names those of a run if `path` is its folder."""
    if path.is_dir():
        found = sorted(path.rglob("predictions/*.npz"))
        below = f", such as {found[-1]}" if found else f"; below {path} there are none"
        raise UserError(f"{path} is a folder: give a .npz file of predictions/, which an evaluation writes{below}")
    try:
        with np.load(path, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} can't be read as saved predictions: {error}") from None
    missing = [name for name in ARRAYS if name not in arrays]
    if missing:
        raise UserError(f"{path} has no {missing[0]!r}: give a .npz file of predictions/, which an evaluation writes")
    keys = arrays.get("videos", arrays["rows"])
    if len(set(keys.tolist())) < len(keys):
        keys = arrays["rows"]  # several rows of one video
    labels, probabilities = arrays["labels"], arrays["probabilities"]
    if not len(keys) == len(labels) == len(probabilities) or probabilities.shape[1:] != arrays["classes"].shape:
        raise UserError(f"{path}: its arrays don't belong together")
    return Saved(path, keys, labels, probabilities, arrays["classes"])


def aligned(files: Sequence[Saved]) -> tuple[list[Saved], str]:
    """Return the predictions of the videos that all files have, in the first one's order, and a line about others.

    Raises UserError unless classes and labels are the same.
    """
    first = files[0]
    common = set(first.keys.tolist()).intersection(*(each.keys.tolist() for each in files[1:]))
    if not common:
        raise UserError(f"{files[-1].path} has no video of {first.path}: they are of different splits")
    order = [key for key in first.keys.tolist() if key in common]
    chosen = [_chosen(each, order) for each in files]
    for each in chosen[1:]:
        if each.classes.tolist() != first.classes.tolist():
            raise UserError(f"{each.path} has other classes than {first.path}, or in another order")
        if not np.array_equal(each.labels, chosen[0].labels):
            differ = (each.labels != chosen[0].labels).reshape(len(order), -1).any(axis=1)
            wrong = in_one_line(str(order[int(differ.argmax())]))
            raise UserError(f"{each.path} has other labels than {first.path}, such as of {wrong}")
    left = max(len(each.keys) for each in files) - len(order)
    return chosen, f"{counted(left, 'video')} left out, which not every file has" if left else ""


def fuse(files: Sequence[Saved], weights: Sequence[float]) -> np.ndarray:
    """Return the weighted mean of the probabilities of aligned files: float32 (N, classes).

    In float64, so that a prediction fused with itself is itself.
    """
    shares = np.asarray(weights, np.float64) / sum(weights)
    summed = sum(share * each.probabilities.astype(np.float64) for share, each in zip(shares, files, strict=True))
    return np.asarray(summed).astype(np.float32)


def search_weights(files: Sequence[Saved]) -> tuple[float, ...]:
    """Return the weights with the best score on aligned files of a validation split; among equals, the lowest loss."""

    def goodness(weights: tuple[float, ...]) -> tuple[float, float]:
        fused = fuse(files, weights)
        # Rounded, so that equal scores are equal and the loss decides.
        return round(files[0].score(fused), 9), -float(np.mean(files[0].outcomes(fused).losses))

    return max(_combinations(len(files)), key=goodness)


def write_fused(path: Path, first: Saved, probabilities: np.ndarray) -> None:
    """Write fused predictions in the form of the files that they are of, so that they can be fused further."""
    numbered = first.keys.dtype.kind in "iu"
    arrays = {"rows": first.keys if numbered else np.arange(len(first.keys)), "labels": first.labels}
    if not numbered:
        arrays["videos"] = first.keys
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {**arrays, "probabilities": probabilities, "classes": first.classes}.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def _combinations(count: int) -> Iterator[tuple[float, ...]]:
    """Yield weights that sum to 1: on a grid as fine as `STEPS` allows, equal ones first."""
    yield (1 / count,) * count
    steps = STEPS
    while _grid_size(count, steps) > MOST_TRIED and steps > 1:
        steps -= 1
    yield from (tuple(part / steps for part in parts) for parts in _parts(steps, count))


def _grid_size(count: int, steps: int) -> int:
    # The ways to write `steps` as a sum of `count` numbers: (steps + count - 1) over (count - 1).
    size = 1
    for number in range(1, count):
        size = size * (steps + number) // number
    return size


def _parts(total: int, count: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to write `total` as a sum of `count` numbers from 0 on."""
    if count == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _parts(total - first, count - 1):
            yield (first, *rest)


def _chosen(saved: Saved, order: Sequence[object]) -> Saved:
    places = {key: place for place, key in enumerate(saved.keys.tolist())}
    rows = [places[key] for key in order]
    return Saved(saved.path, saved.keys[rows], saved.labels[rows], saved.probabilities[rows], saved.classes)


def _losses(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the cross entropy of probabilities, binary for multi-label data: float64 (N,)."""
    # The logarithm of 0 is infinite, and one such video would decide every mean.
    shares = np.clip(probabilities.astype(np.float64), 1e-12, 1 - 1e-12)
    if labels.ndim == 2:
        return -(labels * np.log(shares) + (1 - labels) * np.log(1 - shares)).mean(axis=1)
    return -np.log(shares[np.arange(len(labels)), labels])
