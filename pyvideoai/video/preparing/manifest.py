"""The manifest of a folder of prepared copies: `manifest.csv`, a row for each video that was to be copied."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path, PurePosixPath

from pyvideoai.errors import UserError
from pyvideoai.files import replacing
from pyvideoai.program import typed

NAME = "manifest.csv"


@dataclass(frozen=True)
class Row:
    """Describe a video and its copy. If there is no copy, `reason` says why, and all numbers but the source's are 0.

    video: the original, relative to the dataset's root. copy: relative to the manifest. fps: the original's, exactly.
    source_*: the original's size in pixels and bytes, its time of change and the hash of its content.
    settings: Settings.text, the same in all rows. psnr: dB, against the original at the copy's size, over a few frames.
    """

    video: str
    copy: str
    settings: str
    frames: int = 0
    fps: float = 0.0
    height: int = 0
    width: int = 0
    source_height: int = 0
    source_width: int = 0
    source_bytes: int = 0
    source_mtime_ns: int = 0
    source_hash: str = ""
    bytes: int = 0
    psnr: float = 0.0
    reason: str = ""


def read(folder: Path) -> dict[str, Row]:
    """Return the rows by their video; {} if there is no manifest. Raises UserError if it can't be read."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            return {cells["video"]: _row(cells) for cells in csv.DictReader(file)}
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise UserError(f"{path} is not a manifest of {typed('prepare-videos')}: {error!r}") from None


def write(folder: Path, rows: Iterable[Row]) -> Path:
    """Write the manifest whole, sorted by video; return its path."""
    path = folder / NAME
    with (
        replacing(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Row)])
        writer.writerows(astuple(row) for row in sorted(rows, key=lambda row: row.video))
    return path


def _row(cells: dict[str, str]) -> Row:
    row = Row(**{field.name: field.type(cells[field.name]) for field in fields(Row)})
    if PurePosixPath(row.copy).is_absolute() or ".." in PurePosixPath(row.copy).parts:
        raise ValueError(f"the copy {row.copy!r} lies outside of its folder")
    return row
