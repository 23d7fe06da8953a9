"""tools/clean.py: what experiments and kept features take, and what of it can go."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.commands.arguments import Parser
from pyvideoai.errors import UserError, counted

if TYPE_CHECKING:
    from pyvideoai.inspection.leftovers import Found, Leftover
    from pyvideoai.inspection.old_features import Kept

DESCRIPTION = """Show what versions, checkpoints, predictions and kept features take, and remove what nobody needs any
more: states within an epoch of runs that have finished, versions in which nothing was trained, files that a kill left
half written, and features that were made with other versions of PyVideoAI or torch. Checkpoints of epochs, results,
predictions and logs stay. A running version, and what is younger than an hour, is left alone.

  tools/clean.py data --dry-run                          # shows everything, removes nothing
  tools/clean.py data/experiments/hmdb"""
COLUMNS = ("checkpoints", "resume", "predictions", "rest")


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    if not options.folders:
        raise UserError("give a folder of experiments, such as data/experiments, or of kept features; see --dry-run")
    found, kept = _look(options.folders)
    leftovers = [*found.beginnings, *(each for place in [*found.versions, *kept] for each in place.leftovers)]
    print("\n".join([*_versions(found), *_features(kept)]) or "no versions and no features are in there")
    for each in leftovers:
        print(f"can go: {each.path}  {_size(each.size)}: {each.why}")
    if options.dry_run or not leftovers:
        total = f"{counted(len(leftovers), 'item')} can go, {_size(sum(each.size for each in leftovers))}"
        print(f"{total}; nothing was removed")
        return 0
    return _remove(leftovers)


def _look(folders: Sequence[Path]) -> tuple[Found, list[Kept]]:
    """Return what lies in the folders, and what is to be known of the features among it."""
    from pyvideoai.inspection.leftovers import look

    found = [look(folder.absolute()) for folder in folders]
    features = list(dict.fromkeys(path for each in found for path in each.features))
    if features:
        from pyvideoai.inspection.old_features import look_at  # features are named by torch's version, among others
    versions = {place.path: place for each in found for place in each.versions}
    beginnings = {each.path: each for one in found for each in one.beginnings}
    return replace(found[0], versions=list(versions.values()), beginnings=list(beginnings.values())), [
        look_at(path) for path in features
    ]


def _remove(leftovers: Sequence[Leftover]) -> int:
    """Remove what can go; return the exit code."""
    from pyvideoai.inspection.leftovers import remove

    freed = faults = 0
    for each in leftovers:
        try:
            freed += remove(each, print)
        except OSError as error:
            faults += 1
            print(f"can't be removed: {each.path}: {error.strerror}")
    print(f"removed: {_size(freed)}")
    return 1 if faults else 0


def _versions(found: Found) -> list[str]:
    """Return a table of the versions, with a line of sums."""
    if not found.versions:
        return []
    sizes = [[place.sizes[name] for name in COLUMNS] for place in found.versions]
    sums = [sum(column) for column in zip(*sizes, strict=True)]
    names = [[str(place.path), place.state] for place in found.versions] + [[counted(len(sizes), "version"), ""]]
    rows = [[*name, *map(_size, [*row, sum(row)])] for name, row in zip(names, [*sizes, sums], strict=True)]
    return _table([["version", "state", *COLUMNS, "total"], *rows])


def _features(kept: Sequence[Kept]) -> list[str]:
    """Return a table of the folders of features."""
    if not kept:
        return []
    rows = [
        [str(each.path), each.configs, _size(each.size), f"{each.unknown} of unknown age" if each.unknown else ""]
        for each in kept
    ]
    total = [counted(len(kept), "network"), "", _size(sum(each.size for each in kept)), ""]
    return _table([["features", "of", "size", ""], *rows, total])


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            f"{cell:<{width}}" if column < 2 else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _size(number: int) -> str:
    """Return bytes as people read them."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="of experiments, of features, a version"
    )
    parser.add_argument("--dry-run", action="store_true", help="show sizes and what can go; remove nothing")
    return parser.parse_args(arguments)
