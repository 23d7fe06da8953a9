"""Which of many listed videos are there: every folder is read once, and no file is asked about by itself."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyvideoai.annotations.folder import EXTENSIONS

DEPTH = 4  # folders below the first: a link that leads back up ends there


def video_files(folder: Path, depth: int = DEPTH) -> dict[str, list[str]]:
    """The video files below `folder`, paths relative to it, by their name up to its first dot; nothing hidden.

    240,000 files take about a second: kinds of entries come with the folder's own list.
    """
    found = defaultdict(list)
    for path in sorted(_walk(str(folder), "", depth)):
        found[path.rpartition("/")[2].partition(".")[0]].append(path)
    return dict(found)


def names_in(folder: Path) -> set[str]:
    """The names of all files and folders right in `folder`; none where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return set()


def are_there(root: Path, videos: Iterable[str]) -> list[bool]:
    """For each path, relative to `root` or absolute, whether it is there."""
    seen: dict[Path, set[str]] = {}
    found = []
    for path in (Path(root, video) for video in videos):
        if path.parent not in seen:
            seen[path.parent] = names_in(path.parent)
        found.append(path.name in seen[path.parent])
    return found


def found_note(found: int, missing: list[str], source: Path) -> str:
    """One line: how many of the rows of `source` have a video, and which has none."""
    total = f"{found:,} of {found + len(missing):,} videos of {source.name} found"
    return f"{total}; {len(missing):,} are missing and left out, such as {missing[0]}" if missing else total


def _walk(folder: str, below: str, depth: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if f".{entry.name.rpartition('.')[2].lower()}" in EXTENSIONS:  # a Path for each takes several times as long
                yield below + entry.name
            elif depth and entry.is_dir():
                yield from _walk(entry.path, f"{below}{entry.name}/", depth - 1)
