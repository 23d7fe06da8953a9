"""Read the official lists of Kinetics-400, -600 and -700 as tables of the videos that are there.

Format: CSV with the columns label, youtube_id, time_start, time_end, split and perhaps more, a file for each split; or
lines "path label" without a header (`path_list`). Many of the videos are gone from YouTube, so nobody has all of them:
missing ones are left out and counted in one line for each split.
Files: <root>/<split>/<class>/<youtube_id>_<start>_<end>.mp4, in seconds. Class folders may have any name or be missing,
and so may the split's; numbers may have any number of zeros; a plain <youtube_id>.mp4 is taken for the clip. Source:
Kay et al. 2017 (arXiv:1705.06950), Carreira et al. 2018 and 2019 (arXiv:1808.01340, 1907.06987)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.annotations.cells import has_header
from pyvideoai.annotations.class_list import chosen_classes, keep_classes
from pyvideoai.annotations.names import letters_of
from pyvideoai.annotations.official import Faults, Source, class_names, records, unknown_class
from pyvideoai.annotations.path_list import located, read_list
from pyvideoai.annotations.presence import found_table, video_files
from pyvideoai.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

KINETICS = Source(
    "Kinetics",
    "lists and videos: https://github.com/cvdfoundation/kinetics-dataset; expected are "
    "<dataset.root>/train/<class>/<youtube_id>_<start>_<end>.mp4, the same in val/, and train.csv and val.csv in "
    "<dataset.root>, in annotations/ in or beside it, or where dataset.annotations says",
)
LIST = re.compile(
    r"(kinetics[-_]?\d+([-_]2020)?[-_])?(?P<part>train|val|validate|validation|test)(_list)?(_videos)?\.(csv|txt)$"
)
ALIASES = {"validate": "val", "validation": "val"}
FOLDERS = ("{}", "{}_256", "videos_{}", "videos/{}")
REPLACEMENT = "replacement"  # of CVDF's copy: whole files for 1,392 of Kinetics-400's that are damaged
CLIP = re.compile(r"(?P<id>[\w-]{11})_(?P<start>\d+)_(?P<end>\d+)$")
COLUMNS = ("label", "youtube_id", "time_start", "time_end")


@dataclass(frozen=True)
class Row:
    """Hold a row of an official list; times in seconds."""

    label: int
    video: str
    start: int
    end: int


@dataclass(frozen=True)
class Place:
    """Hold where the videos of a split are: `folder` is the root or a folder in it."""

    root: Path
    folder: Path

    @cached_property
    def prefix(self) -> str:
        """Return what turns a path relative to `folder` into one relative to `root`."""
        return "" if self.folder == self.root else f"{self.folder.relative_to(self.root).as_posix()}/"


def classes(edition: str, root: Path, annotations: Path | None = None, class_list: Path | None = None) -> list[str]:
    """Return the class names in the order of their labels: those of `edition`, or what a list chooses of them.

    edition: "kinetics400", "kinetics600" or "kinetics700". The list is `class_list`, or else classes.txt where the
    official lists may be.
    """
    return chosen_classes(class_names(edition), class_list, _places(Path(root), annotations))


def splits(
    root: Path,
    annotations: Path | None = None,
    names: list[str] | None = None,
    parts: tuple[str, ...] = ("train", "val"),
    *,
    edition: str | None = None,
) -> dict[str, "pd.DataFrame"]:
    """Return a table for each of `parts` with a list: columns video, label, group (the YouTube video).

    `attrs["note"]` counts videos. names: the classes in the order of their labels; None: Kinetics-400's. edition: the
    edition whose classes the lists have, of which `names` are some; None: `names` are all. If no video of a split is
    there, the split keeps all rows, so that another split can be evaluated without it.
    Raises UserError: no folder, no list, faulty lines, or not a single video is there.
    """
    root, names, faults = Path(root), names or class_names("kinetics400"), Faults()
    KINETICS.check_root(root)
    found = lists(root, annotations)
    if "train" not in found:
        places = " or ".join(map(str, _places(root, annotations)))
        raise UserError(f"no list train.csv of Kinetics in {places}; {KINETICS.how_to_get}")
    official = names if edition is None else class_names(edition)
    tables = {part: _table(_place(root, part), found[part], official, names, faults) for part in parts if part in found}
    faults.raise_if_any()
    if not any(table.attrs["found"] for table in tables.values()):
        KINETICS.check_found(root, tables, sum(map(len, video_files(root).values())))
    return tables


def lists(root: Path, annotations: Path | None = None) -> dict[str, Path]:
    """Return the list of each split; a CSV is preferred to a text file, then the shortest name."""
    found: dict[str, Path] = {}
    for place in _places(root, annotations):
        files = place.iterdir() if place.is_dir() else []
        for path in sorted(files, key=lambda path: (path.suffix, len(path.name), path.name)):
            if match := LIST.match(path.name):
                found.setdefault(ALIASES.get(match["part"], match["part"]), path)
    return found


def _places(root: Path, annotations: Path | None) -> list[Path]:
    if annotations is not None:
        return [Path(annotations)]
    return [root, root / "annotations", root.parent / "annotations"]


def _place(root: Path, part: str) -> Place:
    """Return the folder of a split's videos: its own, if there is one, else the root."""
    aliases = [part, *(alias for alias, name in ALIASES.items() if name == part)]
    folders = [root / name.format(alias) for alias in aliases for name in FOLDERS]
    return Place(root, next((folder for folder in folders if folder.is_dir()), root))


def _table(place: Place, path: Path, official: list[str], names: list[str], faults: Faults) -> "pd.DataFrame":
    if has_header(path):
        rows, more = _of_official(place, path, official, faults)
    else:
        rows, more = _of_list(place, path, official, faults), ""
    rows, note = keep_classes(rows, 2, official, names)
    table = found_table(rows, ["video", "label", "group"], path.name, more)
    table.attrs["classes"] = note
    return table


def _of_official(place: Place, path: Path, names: list[str], faults: Faults) -> tuple[list[tuple], str]:
    """Return rows of (whether it is there, video, label, group), and further remarks on an official list."""
    files, replaced = _by_clip(place.folder), _replacements(place.root)
    rows, plain, whole = [], 0, 0
    for row in _official_rows(path, names, faults):
        clip = (row.video, row.start, row.end)
        found = files.get(clip) or files.get((row.video,))
        plain += found is not None and clip not in files
        expected = f"{names[row.label]}/{row.video}_{row.start:06d}_{row.end:06d}.mp4"
        video = place.prefix + (_in_class(found, names[row.label]) if found else expected)
        whole += row.video in replaced
        rows.append((found is not None or row.video in replaced, replaced.get(row.video, video), row.label, row.video))
    more = f"; {plain:,} have no times in their names and are taken as they are" if plain else ""
    return rows, more + (f"; {whole:,} from {REPLACEMENT}/" if whole else "")


def _replacements(root: Path) -> dict[str, str]:
    """Return paths (relative to `root`) of files that replace damaged ones, by YouTube id."""
    folder = root / REPLACEMENT
    files = video_files(folder) if folder.is_dir() else {}
    return {stem[:11]: f"{REPLACEMENT}/{paths[0]}" for stem, paths in files.items()}


def _by_clip(folder: Path) -> dict[tuple, list[str]]:
    """Return paths relative to `folder` by (YouTube id, start, end), or by the id alone."""
    found: dict[tuple, list[str]] = {}
    for stem, paths in video_files(folder).items():
        clip = CLIP.match(stem)
        key = (clip["id"], int(clip["start"]), int(clip["end"])) if clip else (stem,)
        found.setdefault(key, []).extend(paths)
    return found


def _in_class(paths: list[str], name: str) -> str:
    """Return that one of a clip's files which is in the folder of its class."""
    if len(paths) == 1:
        return paths[0]
    return min(paths, key=lambda path: letters_of(name) not in map(letters_of, path.split("/")))


def _official_rows(path: Path, names: list[str], faults: Faults) -> Iterator[Row]:
    labels = {letters_of(name): label for label, name in enumerate(names)}
    by_text = {name: labels.get(letters_of(name)) for name in names}
    for number, record in records(path, COLUMNS, faults):
        text = record["label"]
        label = by_text[text] if text in by_text else labels.get(letters_of(text))
        if label is None:
            faults.add(path, number, unknown_class(text, names))
            continue
        try:
            start, end = (int(float(record[name])) for name in ("time_start", "time_end"))
        except (ValueError, OverflowError):
            faults.add(path, number, f"{record['time_start']!r} to {record['time_end']!r}: no times in seconds")
        else:
            yield Row(label, record["youtube_id"], start, end)


def _of_list(place: Place, path: Path, names: list[str], faults: Faults) -> list[tuple]:
    """Return the same rows as `_of_official` from lines "path label"."""
    rows = located(read_list(path, len(names), faults), place.root, place.folder)
    return [(*row, _youtube_id(row[1])) for row in rows]


def _youtube_id(video: str) -> str:
    stem = Path(video).name.partition(".")[0]
    clip = CLIP.match(stem)
    return clip["id"] if clip else stem
