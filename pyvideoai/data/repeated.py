"""Find rows that name the same part of the same video: on purpose, by mistake, or with another label."""

import posixpath
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from pyvideoai.errors import counted

if TYPE_CHECKING:
    import pandas as pd


def repeated_parts(videos: Iterable[Any], bounds: "dict[str, pd.Series]") -> dict[int, int]:
    """Return row -> first row with the same part of the same video, for each row that has one before it."""
    # NaN is not equal to itself: with it, rows with an empty cell would never be alike. `repeat` has no end.
    ends = zip(*(column.fillna(-1) for column in bounds.values()), strict=True) if bounds else repeat(())
    parts = ((posixpath.normpath(str(video)), *part) for video, part in zip(videos, ends, strict=False))
    first: dict[tuple, int] = {}
    return {row: before for row, part in enumerate(parts) if (before := first.setdefault(part, row)) != row}


def contradictions(repeated: dict[int, int], labels: Sequence[Any]) -> dict[int, int]:
    """Return those of the `repeated` rows whose label differs from the first row's."""
    return {row: before for row, before in repeated.items() if labels[row] != labels[before]}


def remarks(table: "pd.DataFrame", repeated: dict[int, int], places: Sequence[str]) -> list[str]:
    """Return a line about each odd thing in a checked table that may be intended; `places` name its rows."""
    other = contradictions(repeated, table["label"].tolist())
    same = {row: before for row, before in repeated.items() if row not in other}
    found = []
    for told, rows in (("named twice", same), ("with another label than the same video before", other)):
        if rows:
            row, before = next(iter(rows.items()))
            example = f"{table['video'][row]} in {places[before]} and {places[row]}"
            found.append(f"{counted(len(rows), 'row')} {told}, such as {example}")
    pairs = [(f"{edge}_s", f"{edge}_frame") for edge in ("start", "end")]
    if any(table[list(pair)].notna().all(axis=1).any() for pair in pairs if {*pair} <= {*table.columns}):
        found.append("parts are given in seconds and in frames; the frames are taken")
    return found
