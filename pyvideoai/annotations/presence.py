"""Find out which of many listed videos are there: each folder is read once, and no file is looked up by itself."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai import tarred
from pyvideoai.files import VIDEO_ENDINGS

if TYPE_CHECKING:
    import pandas as pd

DEPTH = 4  # folders below the first: a link that leads back up ends there


def video_files(folder: Path, depth: int = DEPTH) -> dict[str, list[str]]:
    """Return the video files below `folder`, as relative paths, by their name up to its first dot; without
    hidden files.

    240,000 files take about a second: the kinds of entries come with the folder's own list.
    """
    found = defaultdict(list)
    in_shards = tarred.entries_below(folder)
    paths = _walk(str(folder), "", depth) if in_shards is None else _in_shards(in_shards, depth)
    for path in sorted(paths):
        found[path.rpartition("/")[2].partition(".")[0]].append(path)
    return dict(found)


def names_in(folder: Path) -> set[str]:
    """Return the names of all files and folders directly in `folder`; an empty set if the folder does not exist."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries} | tarred.names_in(folder)
    except OSError:  # it is not a folder, may not be read, or its name is longer than names may be
        return set()


def are_there(root: Path, videos: Iterable[str]) -> Iterator[bool]:
    """Yield for each path (absolute, or relative to `root`) whether it is there."""
    seen: dict[str, set[str]] = {}
    for video in videos:
        # Not by a Path for each, which takes several times as long; but Path knows that "a/b/." and "a/b/" mean a/b.
        folder, slash, name = str(video).rpartition("/")
        if name in ("", "."):
            path = Path(video)
            folder, slash, name = str(path.parent), "/", path.name
        folder += slash  # "/b.mp4" is not in the folder of "a.mp4"
        if folder not in seen:
            seen[folder] = names_in(Path(root, folder))
        yield name in seen[folder]


def found_table(rows: Sequence[tuple], columns: list[str], listed: str, more: str = "") -> "pd.DataFrame":
    """Return the rows of the list `listed` whose videos are there; if none is there, all rows.

    rows: whether the video is there, then the `columns`. `attrs`: "note" says in one line how many are there, and
    `more`; "found" is their number; "missing" names the others.
    """
    import pandas as pd

    there, missing = ([row[1:] for row in rows if bool(row[0]) is wanted] for wanted in (True, False))
    table = pd.DataFrame(there or missing, columns=columns)
    note = f"{len(there):,} of {len(rows):,} videos of {listed} found"
    if missing:
        note += f"; {len(missing):,} missing and left out, such as {missing[0][0]}"
    table.attrs |= {"note": note + more, "found": len(there), "missing": [row[0] for row in missing]}
    return table


def _in_shards(paths: Iterable[str], depth: int) -> Iterator[str]:
    """Yield those of the paths that `_walk` would find if they were files."""
    for path in paths:
        hidden = path.startswith(".") or "/." in path
        if not hidden and path.count("/") <= depth and f".{path.rpartition('.')[2].lower()}" in VIDEO_ENDINGS:
            yield path


def _walk(folder: str, below: str, depth: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            # Not by a Path for each, which takes several times as long.
            if f".{entry.name.rpartition('.')[2].lower()}" in VIDEO_ENDINGS:
                yield below + entry.name
            elif depth and entry.is_dir():
                yield from _walk(entry.path, f"{below}{entry.name}/", depth - 1)
