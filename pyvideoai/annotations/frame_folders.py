"""Read data sets that were extracted to JPEGs: a folder of frames in place of each video.

`ffmpeg -i x.avi %05d.jpg` makes the frame rate constant, which on 30 % of UCF-101 writes the first frame twice and so
shifts every later one against the video; much of the literature was trained on such frames. They are recognised by
their files: at one quality (-q:v) the same frame gives the same bytes. Without -q:v the quality varies between the
first frames, so that images can't tell; `tools/datasets/compare_frames.py` counts against the videos.
"""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pyvideoai.annotations.official import Source
from pyvideoai.annotations.presence import found_table, names_in

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 50
FRAME = re.compile(r"(?!flow).*?(?P<number>\d+)\.(jpe?g|png|bmp|webp)$", re.IGNORECASE)
DOUBLED, SINGLE, UNKNOWN = "doubled", "single", "unknown"
START_OF_SCAN, QUANTISATION = 0xDA, 0xDB  # markers of a JPEG


def in_place_of_videos(tables: "dict[str, pd.DataFrame]", root: Path, source: Source) -> "dict[str, pd.DataFrame]":
    """Turn tables of videos into tables of the folders `<root>/<class>/<name>` or `<root>/<name>`; count missing ones.

    Each table's note says how many folders of a sample seem to have their first frame twice. Raises UserError if no
    folder is there.
    """
    source.check_root(root)
    listing: dict[Path, set[str]] = {}
    frames = {part: _table(table, Path(root), part, listing) for part, table in tables.items()}
    source.check_found(root, frames, len(names_in(root)))
    return frames


def first_frame(folder: Path) -> str:
    """Return whether the first frame is there once or twice ("single", "doubled"), or images can't tell ("unknown")."""
    files = sorted((path for path in folder.iterdir() if FRAME.match(path.name)), key=_number)[:3]
    content = [path.read_bytes() for path in files]
    if len(content) < 3:
        return SINGLE
    if _quality(content[0]) != _quality(content[1]):
        return UNKNOWN
    return DOUBLED if content[0] == content[1] != content[2] else SINGLE


def shifted_note(folders: Iterable[Path]) -> str:
    """Return a remark on the first frames in `folders`; "" if they are as expected."""
    seen = [first_frame(folder) for folder in folders]
    doubled, unknown, note = seen.count(DOUBLED), seen.count(UNKNOWN), ""
    if doubled:
        note += f"; {doubled} of {len(seen)} looked at have their first frame twice and every later one shifted"
    if unknown:
        note += f"; {unknown} of {len(seen)} looked at have JPEGs of varying quality and may be shifted unseen"
    return note + " (docs/DATASETS.md)" * bool(note)


def _table(table: "pd.DataFrame", root: Path, part: str, listing: dict[Path, set[str]]) -> "pd.DataFrame":
    rows = []
    for video, *rest in table.itertuples(index=False):
        folder = _folder(PurePosixPath(video).with_suffix(""), root, listing)
        rows.append((folder is not None, folder or str(PurePosixPath(video).with_suffix("")), *rest))
    frames = found_table(rows, list(table.columns), f"the {part} list")
    there = frames["video"][: frames.attrs["found"]]
    sample = there[:: max(1, len(there) // SAMPLE)][:SAMPLE]
    frames.attrs["note"] += shifted_note(root / folder for folder in sample)
    return frames


def _folder(video: PurePosixPath, root: Path, listing: dict[Path, set[str]]) -> str | None:
    """Return where the frames of a video are, relative to `root`; None if they are not there."""
    for place in (video, PurePosixPath(video.name)):
        parent = root / place.parent
        if parent not in listing:
            listing[parent] = names_in(parent)
        if place.name in listing[parent]:
            return str(place)
    return None


def _number(path: Path) -> int:
    return int(FRAME.match(path.name)["number"])


def _quality(image: bytes) -> list[bytes]:
    """Return the quantisation tables of a JPEG, which its quality decides; none for another image."""
    tables, at = [], 2
    while image[at : at + 1] == b"\xff" and image[at + 1] != START_OF_SCAN:
        length = 2 + int.from_bytes(image[at + 2 : at + 4])
        if image[at + 1] == QUANTISATION:
            tables.append(image[at : at + length])
        at += length
    return tables
