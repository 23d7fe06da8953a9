"""Read the official lists of Something-Something v1 and v2 as tables of the videos that are there.

v1: something-something-v1-{train,validation}.csv, lines "id;label"; a folder <root>/<id> of frames 00001.jpg ... v2:
{train,validation}.json, entries with `id` and `template` ("Moving [something] down"), and labels.json (template to
number); videos <root>/<id>.webm. Older names of the files (something-something-v2-train.json) are found too. The labels
of the test lists were not published with them, and published numbers are on validation, which is "val" here. Source:
Goyal et al. 2017 (arXiv:1706.04261); https://www.qualcomm.com/developer/software/something-something-v-2-dataset
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.annotations.class_list import chosen_classes, keep_classes
from pyvideoai.annotations.official import Faults, Source, class_names, unknown_class
from pyvideoai.annotations.presence import found_table, names_in
from pyvideoai.annotations.text import read_json, text_lines
from pyvideoai.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

PARTS = {"train": "train", "val": "validation"}
SUFFIXES = ("", ".webm", ".mp4", ".avi", ".mkv")  # "": a folder of frames
GET = "get it from https://www.qualcomm.com/developer/software/something-something-v-2-dataset; expected are "
LISTS = "in <dataset.root>, beside it, in labels/ or annotations/ in or beside it, or where dataset.annotations says"


@dataclass(frozen=True)
class Version:
    """Describe one of the two data sets. files: the names that a list may have; `{}` is train, validation or labels."""

    source: Source
    labels: str
    files: tuple[str, ...]


V1 = Version(
    Source(
        "Something-Something v1",
        f"{GET}<dataset.root>/<id>/00001.jpg, and something-something-v1-train.csv and -validation.csv {LISTS}",
    ),
    "something_v1",
    ("something-something-v1-{}.csv",),
)
V2 = Version(
    Source(
        "Something-Something v2",
        f"{GET}<dataset.root>/<id>.webm, and train.json and validation.json {LISTS}",
    ),
    "something_v2",
    ("{}.json", "something-something-v2-{}.json"),
)
Entry = tuple[str, str, str]  # where it is in the file, id, name of the class


def classes(version: Version, root: Path, annotations: Path | None = None, class_list: Path | None = None) -> list[str]:
    """Return the class names in the order of their labels: all 174, or what a list chooses of them.

    The list is `class_list`, or else classes.txt where the official lists may be.
    """
    places = [Path(annotations)] if annotations is not None else _places(Path(root))
    return chosen_classes(class_names(version.labels), class_list, places)


def splits(
    version: Version, root: Path, annotations: Path | None = None, names: list[str] | None = None
) -> dict[str, "pd.DataFrame"]:
    """Return {"train", "val"} with the columns video and label; `attrs["note"]` counts the videos that are there.

    names: the classes in the order of their labels; None: all. If no video of a split is there, the split keeps all
    rows, so that the other one can be evaluated without it.
    Raises UserError: no folder, no lists, faulty entries, a list of classes that is not the official one, or no video
    at all.
    """
    root, official, faults = Path(root), class_names(version.labels), Faults()
    version.source.check_root(root)
    _check_labels(version, _find(version, "labels", root, annotations), official)
    there, tables = names_in(root), {}
    for part, name in PARTS.items():
        path = _find(version, name, root, annotations)
        if path is None:
            raise UserError(
                f"no list {version.files[0].format(name)} of {version.source.name}; {version.source.how_to_get}"
            )
        rows, note = keep_classes(_rows(path, official, there, faults), 2, official, names or official)
        tables[part] = found_table(rows, ["video", "label"], path.name)
        tables[part].attrs["classes"] = note
    faults.raise_if_any()
    version.source.check_found(root, tables, len(there))
    return tables


def _find(version: Version, name: str, root: Path, annotations: Path | None) -> Path | None:
    places = [Path(annotations)] if annotations is not None else _places(root)
    files = (place / file.format(name) for place in places for file in version.files)
    return next((path for path in files if path.is_file()), None)


def _places(root: Path) -> list[Path]:
    return [base / below for base in (root, root.parent) for below in ("", "labels", "annotations")]


def _rows(path: Path, names: list[str], there: set[str], faults: Faults) -> list[tuple[bool, str, int]]:
    """Return (whether it is there, video, label) of each entry of a list."""
    labels, rows = {name: label for label, name in enumerate(names)}, []
    for where, number, name in _entries(path, faults):
        if name not in labels:
            faults.add(path, where, unknown_class(name, names))
            continue
        found = next((number + suffix for suffix in SUFFIXES if number + suffix in there), None)
        rows.append((found is not None, found or number, labels[name]))
    return rows


def _entries(path: Path, faults: Faults) -> Iterator[Entry]:
    return _entries_of_json(path, faults) if path.suffix == ".json" else _entries_of_csv(path, faults)


def _entries_of_csv(path: Path, faults: Faults) -> Iterator[Entry]:
    for line, text in enumerate(text_lines(path), start=1):
        number, separator, name = (part.strip() for part in text.partition(";"))
        if number and separator and name:
            yield str(line), number, _class_of(name)
        elif text.strip():
            faults.add(path, line, f"{text.strip()!r}; expected '<id>;<label>'")


def _entries_of_json(path: Path, faults: Faults) -> Iterator[Entry]:
    for place, entry in enumerate(read_json(path, list), start=1):
        if isinstance(entry, dict) and {"id", "template"} <= entry.keys():
            yield f"entry {place}", str(entry["id"]).strip(), _class_of(str(entry["template"]))
        else:
            faults.add(path, f"entry {place}", "no id and template")


def _class_of(template: str) -> str:
    """Return the name of the class: a template without its brackets."""
    return template.replace("[", "").replace("]", "").strip()


def _number(text: str) -> int:
    """Return a label as a number, -1 if it is not one."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _check_labels(version: Version, path: Path | None, names: list[str]) -> None:
    """Raise UserError unless the list of classes beside the others, if there is one, has our order."""
    if path is None:
        return
    if path.suffix == ".json":
        numbers = {_class_of(name): str(number) for name, number in read_json(path, dict).items()}
        theirs = sorted(numbers, key=lambda name: _number(numbers[name]))
    else:
        theirs = [line.strip() for line in text_lines(path) if line.strip()]
    if theirs != names:
        wrong = next((name for name, ours in zip(theirs, names, strict=False) if name != ours), "a missing one")
        raise UserError(
            f"{path} has {len(theirs)} classes in another order than {version.source.name}, first {wrong!r}"
        )
