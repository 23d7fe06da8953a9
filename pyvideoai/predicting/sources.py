"""What the user named, as a table of videos: files, folders of videos, lists of paths, CSV tables with parts."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pyvideoai.annotations.columns import BOUNDS, check_header
from pyvideoai.annotations.listing import list_folder
from pyvideoai.annotations.text import csv_rows
from pyvideoai.data.table import read_table
from pyvideoai.errors import UserError
from pyvideoai.video import VideoError
from pyvideoai.video.readers.frame_folder import numbered_images

if TYPE_CHECKING:
    import pandas as pd

STDIN = "-"
LISTS = (".csv", ".txt")
EDGES = tuple(name for pair in BOUNDS for name in pair)
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def path_of(source: str | Path) -> Path:
    """Return the path of a file or folder that the user named; "~" stands for the home. Raises UserError for an empty
    text, which would mean the current folder, and for a pattern, which only a shell expands.
    """
    if source == "":
        raise UserError("a path is empty; was a variable not set?")
    # not by Path, which raises for the home of a user that doesn't exist; a file may be called "~a"
    path = Path(os.path.expanduser(source))  # noqa: PTH111
    if any(each in path.name for each in "*?[") and not path.exists():
        raise UserError(
            f"{path}: no such file; a pattern is expanded by the shell, without quotation marks, or by glob"
        )
    return path


def is_address(source: object) -> bool:
    """Return whether this is an address such as rtsp://camera/1, and not the path of a file."""
    return isinstance(source, str) and ADDRESS.match(source) is not None


def read_sources(sources: Sequence[str | Path], stdin: TextIO | None = None) -> "pd.DataFrame":
    """Return a row for each video or part of one, in the order given: the column video, and those of the tables.

    A source is a video, a folder of videos (or of the numbered frames of one), a list or "-", which reads a path a line
    from `stdin`. A list ends in .csv or .txt: a table with the column video, and perhaps start_s, end_s, start_frame,
    end_frame; or a path a line. Paths in a list are relative to its folder. A video that is missing is a row like
    others; it fails when it is opened. Raises UserError.
    """
    import pandas as pd

    parts = [_rows(source, stdin) for source in sources]
    table = pd.concat(parts, ignore_index=True) if parts else table_of([])
    return table.astype({name: "float64" for name in EDGES if name in table})


def table_of(videos: Sequence[str | Path]) -> "pd.DataFrame":
    """Return a table of whole videos."""
    import pandas as pd

    return pd.DataFrame({"video": [str(each) for each in videos]}, dtype=object)


def videos_in(folder: Path) -> list[Path]:
    """Return the videos below a folder, in the order of names; the folder itself if it holds a video's frames.

    Raises UserError if it holds neither.
    """
    videos = [Path(folder, video) for video in list_folder(folder).videos]
    if not videos and not _is_frames(folder):
        raise UserError(f"{folder} is a folder without videos or numbered images")
    return videos or [folder]


def _rows(source: str | Path, stdin: TextIO | None) -> "pd.DataFrame":
    if is_address(source):
        raise UserError(f"{source} is an address; only --live reads addresses, otherwise download it to a file first")
    if source == STDIN and stdin is not None:
        return table_of(_named(stdin))
    path = path_of(source)
    if path.is_dir():
        return table_of(videos_in(path))
    if path.suffix.lower() in LISTS:
        return _of_list(path)
    return table_of([path])


def _named(lines: Iterable[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def _of_list(path: Path) -> "pd.DataFrame":
    """Read a table with a header, or a path a line. Raises UserError."""
    rows = [cells for _, cells in csv_rows(path)]
    if not rows:
        raise UserError(f"{path}: no rows")
    if "video" not in rows[0] and all(len(cells) == 1 for cells in rows):
        return table_of([path.parent / cells[0] for cells in rows])
    return _checked(path, rows)


def _checked(path: Path, rows: list[list[str]]) -> "pd.DataFrame":
    """Check a table's header and rows as a split table's are, except its labels, which it needn't have."""
    import pandas as pd

    header = rows[0]
    check_header([*header, *({"label"} - set(header))], str(path))
    uneven = next((number for number, cells in enumerate(rows, start=1) if len(cells) != len(header)), None)
    if uneven:
        raise UserError(f"{path}: row {uneven} has {len(rows[uneven - 1])} cells, the header has {len(header)}")
    given = pd.DataFrame(rows[1:], columns=header, dtype=object)
    bounds = [name for name in ("video", *EDGES) if name in header]
    # A made-up label and class, which a split table must have.
    checked = read_table(given[bounds].assign(label="0"), ["any"], str(path))
    table = given.assign(**{name: checked[name] for name in bounds})
    return table.assign(video=[str(path.parent / video) for video in table["video"]])


def _is_frames(folder: Path) -> bool:
    try:
        return bool(numbered_images(folder))
    except VideoError:
        return False


def extra_columns(table: "pd.DataFrame") -> Iterator[str]:
    """Return the columns of the user's own tables that are carried into the predictions."""
    return (name for name in table.columns if name not in ("video", *EDGES))
