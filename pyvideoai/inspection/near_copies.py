"""Find videos of different splits that show the same: re-encoded, resized or repeated clips make a score too good.

A video's fingerprint is a few tiny grey frames at fixed shares of its length. Copies of other sizes, formats and
bitrates keep it; a mirrored, cropped or shortened copy does not. Two clips of one resting camera look alike too, but
change in other ways from frame to frame: they are not taken for copies.
"""

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from pyvideoai.cores import usable_cores
from pyvideoai.data.source import segment
from pyvideoai.inspection.runs import PART, Run
from pyvideoai.video import VideoError, open_video

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of a video's length
SIDE = 12  # of a tiny frame, in pixels
ALIKE, CHANGE_ALIKE = 0.985, 0.8  # correlations, of frames and of their changes, from which on two are copies
LEAST_CONTRAST = 3.0  # standard deviation over a frame; flatter ones are alike by chance
LEAST_CHANGE = 1.0  # standard deviation over time; what is encoded anew differs by so much
STRIDE = 1024  # fingerprints that are compared at a time


@dataclass(frozen=True)
class Fingerprint:
    """What a video looks like, and how that changes: float32 vectors of length 1; `change` is 0 for a still."""

    look: np.ndarray
    change: np.ndarray


@dataclass(frozen=True)
class Pair:
    """Two videos of different splits that show the same. likeness: correlation of their fingerprints, up to 1."""

    splits: tuple[str, str]
    entries: tuple[SimpleNamespace, SimpleNamespace]
    likeness: float


@dataclass(frozen=True)
class Search:
    """What was found: pairs, the most alike first; how many videos were compared, and how many couldn't be."""

    pairs: Sequence[Pair]
    compared: int
    left_out: int


def splits_of(run: Run) -> dict[str, list[Any]]:
    """Return the rows of each split that the run kept a table of."""
    names = [name for name in run.folder.read_run()["splits"] if (run.folder.splits / f"{name}.csv").exists()]
    return {name: list(run.split_table(name).itertuples(index=False)) for name in names}


def near_copies(run: Run, splits: dict[str, list[Any]]) -> Search:
    """Return the pairs of near copies between splits. Shows a progress line."""
    from tqdm import tqdm

    entries = [(split, entry) for split, rows in splits.items() for entry in _distinct(rows)]
    # decoding lets go of the interpreter's lock
    with ThreadPoolExecutor(usable_cores()) as pool:
        made = pool.map(lambda each: _fingerprint_or_none(run.video(each[1].video), each[1]), entries)
        prints = list(tqdm(made, "fingerprints", total=len(entries), unit=" videos", leave=False, disable=None))
    known = [place for place, each in enumerate(prints) if each is not None]
    of_split = {split: [place for place in known if entries[place][0] == split] for split in splits}
    pairs = []
    for one, other in itertools.combinations(splits, 2):
        for first, second, likeness in alike_pairs(prints, of_split[one], of_split[other]):
            pairs.append(Pair((one, other), (entries[first][1], entries[second][1]), likeness))
    return Search(sorted(pairs, key=lambda pair: -pair.likeness), len(known), len(entries) - len(known))


def fingerprint(file: Path, part: Any) -> Fingerprint | None:
    """Return the fingerprint of a video or its part; None if its frames are all but empty. Raises VideoError."""
    from PIL import Image

    with open_video(file) as video:
        first, length = segment(part, video)
        wanted = first + (np.array(SHARES) * (length - 1)).round().astype(int)
        frames = video.frames(wanted)
    tiny = [Image.fromarray(frame).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX) for frame in frames]
    values = np.stack([np.asarray(each, np.float32) for each in tiny]).reshape(len(SHARES), -1)
    values -= values.mean(axis=1, keepdims=True)
    if values.std() < LEAST_CONTRAST:
        return None
    change = values - values.mean(axis=0)
    if change.std() < LEAST_CHANGE:
        change = np.zeros_like(change)
    return Fingerprint(*((each / (np.linalg.norm(each) or 1)).ravel() for each in (values, change)))


def _distinct(rows: Sequence[Any]) -> list[Any]:
    """Return a row for each different video or part of one."""
    return list({(row.video, *(str(getattr(row, name, "")) for name in PART)): row for row in rows}.values())


def _fingerprint_or_none(file: Path | None, part: Any) -> Fingerprint | None:
    if file is None:
        return None
    try:
        return fingerprint(file, part)
    except (VideoError, OSError):
        return None


def alike_pairs(
    prints: Sequence[Fingerprint | None], ones: Sequence[int], others: Sequence[int]
) -> list[tuple[int, int, float]]:
    """Return (place, place, likeness) of each pair of copies."""
    if not ones or not others:
        return []
    looks, changes = _stacked(prints, others)
    found = []
    for start in range(0, len(ones), STRIDE):
        some = ones[start : start + STRIDE]
        own_looks, own_changes = _stacked(prints, some)
        look, change = own_looks @ looks.T, own_changes @ changes.T
        still = ~own_changes.any(axis=1)[:, None] & ~changes.any(axis=1)
        pairs = np.argwhere((look >= ALIKE) & ((change >= CHANGE_ALIKE) | still))
        found += [(some[i], others[j], float(look[i, j])) for i, j in pairs]
    return found


def _stacked(prints: Sequence[Fingerprint | None], places: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    chosen = [each for each in (prints[place] for place in places) if each is not None]
    return np.stack([each.look for each in chosen]), np.stack([each.change for each in chosen])
