"""Check many videos in several processes, compare them with each other, and report."""

import csv
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyvideoai import tarred
from pyvideoai.errors import UserError, counted
from pyvideoai.files import VIDEO_ENDINGS, replacing
from pyvideoai.video.checking.one import FAULTS, REMARKS, Checked, check
from pyvideoai.video.layouts.index import IndexWriter
from pyvideoai.video.pool import run_all
from pyvideoai.video.video import IMAGES

# Readers read more kinds than a folder of classes is searched for: raw streams, and animations.
VIDEO_SUFFIXES = VIDEO_ENDINGS | {".gif", ".mjpeg", ".h264", ".hevc", ".dv"}
TABLE_SUFFIXES = {".csv", ".tsv", ".txt", ".list"}
LOOKED_AT = 4096  # bytes, for what no table has
LONGEST_SHOWN = 200  # characters of a header in an error line
COLUMNS = ("video", "split", "status", "notes", "num_frames", "fps", "height", "width", "seconds", "container", "codec")
SHOWN = 20


@dataclass(frozen=True)
class Job:
    """Name a video to check, and the split that it is in."""

    path: Path
    split: str


def jobs_of(source: Path, root: Path | None) -> list[Job]:
    """Return the videos under a folder, one video, or the videos of a split table (a CSV with a column "video").

    A column "split" of the table is used if there is one. Raises UserError.
    """
    if source.is_dir():
        return [Job(path, "") for path in _videos_under(source)]
    if not tarred.is_file(source):
        raise UserError(f"{source}: no such folder, video or split table")
    suffix = source.suffix.lower()
    if suffix in VIDEO_SUFFIXES | IMAGES or (suffix not in TABLE_SUFFIXES and not _is_text(source)):
        return [Job(source, "")]
    return _jobs_of_table(source, root or source.parent)


def _is_text(file: Path) -> bool:
    with tarred.open_file(file) as content:
        return b"\0" not in content.read(LOOKED_AT)


def _videos_under(folder: Path) -> list[Path]:
    """Return video files, and folders of numbered images."""
    in_shards = tarred.entries_below(folder)
    if in_shards is not None:
        files = [folder / path for path in in_shards]
    else:
        files = [path for path in folder.rglob("*") if path.is_file()]
    found = {path for path in files if path.suffix.lower() in VIDEO_SUFFIXES}
    found |= {path.parent for path in files if path.suffix.lower() in IMAGES and path.stem[-1:].isdigit()}
    if not found:
        raise UserError(f"{folder}: no video in this folder; suffixes looked for: {' '.join(sorted(VIDEO_SUFFIXES))}")
    return sorted(found)


def _jobs_of_table(table: Path, root: Path) -> list[Job]:
    if not _is_text(table):
        raise UserError(f"{table}: it isn't text, as a table is; a video needs its own ending, such as .mp4")
    with table.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
        rows = csv.DictReader(file)
        try:
            columns = ", ".join(rows.fieldnames or ()) or "none"
            if "video" not in (rows.fieldnames or ()):
                raise UserError(f"{table}: no column video; it has {textwrap.shorten(columns, LONGEST_SHOWN)}")
            splits = {(row["video"], row.get("split") or table.stem): rows.line_num for row in rows}
        except csv.Error as error:
            raise UserError(f"{table}:{rows.line_num + 1}: {error}") from None
    blank = next((line for (video, _), line in splits.items() if not (video or "").strip()), None)
    if blank is not None:
        raise UserError(f"{table}:{blank}: no video")
    return [Job(root / video, split) for video, split in splits]


def check_all(jobs: Sequence[Job], *, exact: bool, short_frames: int, processes: int) -> Iterator[Checked]:
    """Check the jobs in several processes; yield results in the order of completion."""
    work = partial(check, exact=exact, short_frames=short_frames)
    if processes == 1:
        yield from (work(job.path, job.split) for job in jobs)
        return
    with closing(run_all([(job.path, job.split) for job in jobs], work, processes, crashed=_crashed)) as checked:
        yield from checked


def _crashed(path: Path, split: str) -> Checked:
    return Checked(path, split, [("unreadable", "decoding it crashes libav")])


def compare(checked: Iterable[Checked]) -> None:
    """Note which videos have the same content: a leak if they are in different splits, else a duplicate."""
    by_content = defaultdict(list)
    for each in checked:
        if each.content and each.num_frames is not None:
            by_content[each.content].append(each)
    for same in by_content.values():
        for each in same:
            others = [other for other in same if other.path != each.path or other.split != each.split]
            if others:
                leaks = [other for other in others if other.split != each.split]
                other = (leaks or others)[0]
                where = f"{other.path} of split {other.split}" if leaks else str(other.path)
                each.notes.append(("leak" if leaks else "duplicate", f"the same content as {where}"))


def write_index(writer: IndexWriter, checked: Iterable[Checked]) -> Path:
    """Add the readable videos to a frame index; return the index's file."""
    readable = (each for each in checked if each.layout is not None)
    writer.add((each.path, each.status, each.content, each.layout) for each in readable)
    return writer.file


def write_csv(path: Path, checked: Iterable[Checked]) -> None:
    """Write one row for each video."""
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(each) for each in checked)


def _row(checked: Checked) -> list[object]:
    notes = "; ".join(f"{kind}: {text}" for kind, text in checked.notes)
    status = checked.faults[0][0] if checked.faults else "ok"
    numbers = [checked.num_frames, checked.fps, checked.height, checked.width]
    seconds = round(checked.num_frames / checked.fps, 3) if checked.num_frames and checked.fps else None
    return [checked.path, checked.split, status, notes, *numbers, seconds, checked.container, checked.codec]


def summary(checked: Sequence[Checked]) -> str:
    """Return a table of kinds and counts, with the first videos of each kind."""
    readable = [each for each in checked if each.num_frames is not None]
    frames = sum(each.num_frames for each in readable)
    lines = [f"{len(readable)} of {len(checked)} videos can be read, {counted(frames, 'frame')}"]
    for kind in (*FAULTS, *REMARKS):
        noted = [(each.path, text) for each in checked for found, text in each.notes if found == kind]
        if noted:
            lines.append(f"{'fault ' if kind in FAULTS else 'remark'}  {kind:<12}{len(noted):>7}")
            lines += [f"          {path}: {text}" for path, text in noted[:SHOWN]]
            lines += [f"          and {len(noted) - SHOWN} more"] if len(noted) > SHOWN else []
    return "\n".join(lines)
