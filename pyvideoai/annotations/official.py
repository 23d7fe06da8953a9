"""What the readers of official annotation files share: find the files, read them line by line, report every fault."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.annotations.text import csv_rows, text_lines
from pyvideoai.errors import UserError, hint, nearest

if TYPE_CHECKING:
    import pandas as pd

LABELS = Path(__file__).with_name("labels")
FAULTS_SHOWN = 5


@dataclass(frozen=True)
class Source:
    """Describe an official data set for errors about missing files."""

    name: str
    how_to_get: str

    def folder(self, given: Path | None, root: Path, name: str) -> Path:
        """Return `given`, or the folder `name` in `root` or beside it. Raises UserError if neither place has it."""
        places = self.places(given, root, name)
        for place in places:
            if place.is_dir():
                return place
        raise UserError(f"no annotations of {self.name} at {' or '.join(map(str, places))}; {self.how_to_get}")

    @staticmethod
    def places(given: Path | None, root: Path, name: str) -> list[Path]:
        """Return where the annotations may be."""
        return [Path(given)] if given is not None else [Path(root) / name, Path(root).parent / name]

    def check_root(self, root: Path) -> None:
        """Raise UserError unless `root` is a folder."""
        if not Path(root).is_dir():
            raise UserError(f"no folder {Path(root).absolute()} with the videos of {self.name}; {self.how_to_get}")

    def check_found(self, root: Path, tables: "dict[str, pd.DataFrame]", looked_at: int) -> None:
        """Raise UserError if not a single video of all `tables` is there; `looked_at`: how many others are in
        `root`.
        """
        if any(table.attrs["found"] for table in tables.values()):
            return
        wanted = [video for table in tables.values() for video in table["video"]]
        example = f", such as {wanted[0]}," if wanted else ""
        raise UserError(
            f"none of the {len(wanted):,} videos of {self.name}{example} is in {Path(root).absolute()}, where "
            f"{looked_at:,} others are; {self.how_to_get}"
        )

    def check_videos(self, root: Path, classes: list[str]) -> None:
        """Raise UserError unless `root` is a folder with the sub-folder of at least one class."""
        self.check_root(root)
        if not any((Path(root) / name).is_dir() for name in classes):
            raise UserError(f"{root} has no class folder ({', '.join(classes[:3])}, ...) of {self.name}")

    def check_split(self, split: int, last: int = 3) -> None:
        """Raise UserError unless `split` is from 1 to `last`."""
        if not 1 <= split <= last:
            raise UserError(f"split = {split}: {self.name} has the splits 1 to {last}")


@dataclass
class Faults:
    """Collect the faulty lines of annotation files, so that one error lists them."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, path: Path, number: int | str, reason: str | Callable[[], str]) -> None:
        """Note a fault. A reason that takes long to word is given as a function, since only the first few are shown."""
        self.count += 1
        if len(self.shown) < FAULTS_SHOWN:
            self.shown.append(f"{path}:{number}: {reason if isinstance(reason, str) else reason()}")

    def raise_if_any(self) -> None:
        if self.count:
            more = self.count - len(self.shown)
            rest = f"; and {more} more" if more > 0 else ""
            raise UserError("; ".join(self.shown) + rest)


def unknown_class(name: str, names: Sequence[str]) -> Callable[[], str]:
    """Return the reason of a fault: `name` is none of the classes; did you mean ...?"""
    return lambda: f"{name!r} is none of the {len(names)} classes; {hint(name, names)}"


def lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number from 1, its words) of each line that is not blank.

    Raises UserError if it is not a text file.
    """
    for number, line in enumerate(text_lines(path), start=1):
        if line.strip():
            yield number, line.split()


def records(path: Path, columns: Sequence[str], faults: Faults) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, column -> text) of a CSV file with a header; rows that lack one of `columns` are faults.

    Raises UserError if `path` can't be read, or its header lacks one of `columns`.
    """
    (_, names), *rows = csv_rows(path) or [(1, [])]
    if missing := [name for name in columns if name not in names]:
        near = nearest(missing[0], set(names) - set(columns), 1)
        told = f"; did you mean {near[0]!r}?" if near else ""
        raise UserError(f"{path} has no column {', '.join(missing)}; it has {', '.join(names) or 'none'}{told}")
    for number, cells in rows:
        record = dict(zip(names, cells, strict=False))
        if empty := [name for name in columns if not record.get(name)]:
            faults.add(path, number, f"no {', '.join(empty)}")
        else:
            yield number, record


def class_names(name: str) -> list[str]:
    """Return the class names in official order, from `labels/<name>.txt`, which comes with the package."""
    return (LABELS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
