"""Read of each video how long it is, how many frames a second it has, and of which size they are."""

import csv
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.cores import usable_cores
from pyvideoai.data.rows import Rows
from pyvideoai.data.source import ClipSource, segment
from pyvideoai.errors import counted, explain
from pyvideoai.files import replacing
from pyvideoai.reporting.spreadsheet import cell
from pyvideoai.video import VideoError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class VideoFacts:
    """What is known of a row of a split: of its video, or of the part of it that the row names.

    label: its classes, joined by ";". error: why the video can't be opened; its numbers are then NaN.
    """

    split: str
    video: str
    label: str
    frames: float = np.nan
    fps: float = np.nan
    length_s: float = np.nan
    width: float = np.nan
    height: float = np.nan
    error: str = ""


def facts_of_split(
    split: str, table: "pd.DataFrame", labels: Sequence[str], source: ClipSource, most: int
) -> list[VideoFacts]:
    """Return the facts of a split's rows; of a longer one those of `most` rows from all over it. Shows progress.

    labels: each row's classes in words.
    """
    from tqdm import tqdm

    rows = Rows(table)
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(int)).tolist()
    # decoding lets go of the interpreter's lock
    with ThreadPoolExecutor(usable_cores()) as pool:
        made = pool.map(lambda row: _facts(split, rows[row], labels[row], source), chosen)
        return list(tqdm(made, split, total=len(chosen), unit=" videos", leave=False, disable=None))


def _facts(split: str, entry: SimpleNamespace, label: str, source: ClipSource) -> VideoFacts:
    try:
        with source.open(entry.video) as video:
            _, frames = segment(entry, video)
            sizes = video.width, video.height
            return VideoFacts(split, entry.video, label, frames, video.fps, frames / video.fps, *sizes)
    except VideoError as error:
        explain(error)
        return VideoFacts(split, entry.video, label, error=error.reason)


def write_facts(path: Path, facts: Sequence[VideoFacts]) -> Path:
    """Write a CSV with a row for each; numbers that aren't known are empty cells."""
    header = [each.name for each in fields(VideoFacts)]
    return write_rows(path, [header, *([_cell(value) for value in astuple(each)] for each in facts)])


def write_rows(path: Path, rows: Iterable[Iterable[object]]) -> Path:
    """Write a CSV whose text is safe in spreadsheets."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([cell(each) for each in row] for row in rows)
    return path


def in_words(split: str, facts: Sequence[VideoFacts], rows: int) -> str:
    """Return a line for the console about a split of so many rows."""
    known = [each for each in facts if not each.error]
    told = counted(rows, "video") + (f" ({len(facts):,} looked at)" if len(facts) < rows else "")
    if not known:
        return f"{split}: {told}, none can be opened"
    seconds = np.array([each.length_s for each in known])
    lengths = f"{seconds.min():.3g} to {seconds.max():.3g} s (median {np.median(seconds):.3g})"
    if seconds.min() == seconds.max():
        lengths = f"{seconds[0]:.3g} s"
    rates = most_frequent([f"{each.fps:.4g} fps" for each in known])
    sizes = most_frequent([f"{each.width:.0f} x {each.height:.0f}" for each in known])
    return f"{split}: {told}; {lengths}; {_shares(rates, len(known))}; {_shares(sizes, len(known))}"


def most_frequent(texts: Sequence[str]) -> list[tuple[str, int]]:
    """Return different texts with their counts, the most frequent first."""
    names, counts = np.unique(np.array(texts), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [(str(names[each]), int(counts[each])) for each in order]


def _shares(found: Sequence[tuple[str, int]], total: int, shown: int = 3) -> str:
    told = [text if len(found) == 1 else f"{text} ({100 * count / total:.0f} %)" for text, count in found[:shown]]
    return ", ".join([*told, *([f"{len(found) - shown} more"] if len(found) > shown else [])])


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return "" if value != value else f"{value:.6g}"
