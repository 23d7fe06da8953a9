#!/usr/bin/env python3
"""Draw the package from its imports: `tools/architecture.py --write docs/ARCHITECTURE.md`; `--check` only compares.

A room is a package or a module of `pyvideoai/`; floors are given below, from the top down, and imports may only run
downwards. What breaks that, and every circle of imports between files, is named, and the exit code is 1.
"""

import argparse
import ast
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "pyvideoai"
FLOORS = (  # a room may import what stands on a lower floor
    ("commands",),
    ("predictor", "sweeping"),
    ("engine", "predicting", "inspection", "exporting"),
    ("scoring",),
    ("unpack",),
    ("optim", "reporting", "features"),
    ("data",),
    ("tasks", "models"),
    ("metrics", "video", "annotations"),
    ("config",),
    ("experiment", "checkpoint", "processes", "seeding", "lock"),
    ("files", "pickles"),
    ("tarred",),
    (
        "program",
        "environment",
        "errors",
        "plain",
        "faults",
        "cores",
        "moved",
        "signals",
        "launch",
        "redacted",
        "threads",
    ),
)
START, END = "<!-- made by tools/architecture.py -->", "<!-- end -->"
Edges = dict[str, set[str]]


def main(arguments: Sequence[str]) -> int:
    """Print, compare or write the picture; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the picture between the marks of this page")
    parser.add_argument("--check", type=Path, metavar="FILE", help="exit code 1 if the page has another picture")
    options = parser.parse_args(arguments)
    files = imports(PACKAGE)
    faults = [*upward(files), *circles(files)]
    print(*faults, sep="\n", end="\n" * bool(faults), file=sys.stderr)
    page, drawn = options.write or options.check, picture(files)
    if page is None:
        print(drawn)
    elif options.check and placed(page.read_text(), drawn) != page.read_text():
        faults.append(f"{page} has another picture; type: tools/architecture.py --write {page}")
        print(faults[-1], file=sys.stderr)
    else:
        page.write_text(placed(page.read_text(), drawn))
    return 1 if faults else 0


def imports(package: Path) -> Edges:
    """Return every file of the package with the files of the package that it imports, wherever in it the
    import stands.
    """
    names = {_module(path, package): path for path in sorted(package.rglob("*.py"))}
    return {name: set(_imported(path, names)) - {name} for name, path in names.items()}


def _module(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, names: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module in names:
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield inner if inner in names else node.module


def room(module: str) -> str:
    """Return the room of a file: "data" for pyvideoai.data.augment.values; "" for the package's own `__init__`."""
    return module.split(".")[1] if "." in module else ""


def upward(files: Edges) -> list[str]:
    """Imports that don't run downwards, and rooms that stand on no floor."""
    floor = {name: level for level, names in enumerate(FLOORS) for name in names}
    unknown = sorted({room(name) for name in files} - set(floor) - {"", "_version", "__main__"})
    faults = [f"no floor for {name}: add it to FLOORS" for name in unknown]
    for name, imported in files.items():
        for other in sorted(imported):
            ends = room(name), room(other)
            if set(ends) <= set(floor) and ends[0] != ends[1] and floor[ends[0]] >= floor[ends[1]]:
                faults.append(f"{name} imports {other}, which stands no lower")
    return faults


def circles(files: Edges) -> list[str]:
    """Circles of imports between files: for each file that reaches itself, one way round."""
    faults: dict[frozenset[str], str] = {}
    for name in files:
        way = _way(files, name, name)
        if way:
            faults.setdefault(frozenset(way), f"a circle of imports: {' -> '.join([*way, way[0]])}")
    return list(faults.values())


def _way(files: Edges, start: str, goal: str) -> list[str]:
    """Return the shortest way from `start` back to `goal` along imports; [] for none. An `__init__` opens no circle."""
    ways, seen = [[start]], set()
    for way in ways:
        for other in sorted(files[way[-1]] - seen):
            if other == goal:
                return way
            seen.add(other)
            ways.append([*way, other])
    return []


def picture(files: Edges) -> str:
    """Return a Mermaid graph of the rooms with their lines of code, without imports that a longer way shows already."""
    lines = dict.fromkeys(chain.from_iterable(FLOORS), 0)
    rooms: Edges = {name: set() for name in lines}
    for name, imported in files.items():
        if room(name) in lines:
            path = PACKAGE.parent / Path(*name.split("."))
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            lines[room(name)] += len(path.read_text(encoding="utf-8").splitlines())
            rooms[room(name)] |= {room(other) for other in imported if room(other) in lines} - {room(name)}
    drawn = ["```mermaid", "graph TD"]
    drawn += [f'    {name}["{name}<br/>{_rounded(count)} lines"]' for name, count in lines.items() if count]
    drawn += [f"    {name} --> {other}" for name in rooms for other in sorted(_direct(rooms, name))]
    return "\n".join([*drawn, "```"])


def _rounded(lines: int) -> str:
    """To hundreds, so that not every change makes another picture."""
    return f"{round(lines, -2):,}" if lines >= 100 else "under 100"


def _direct(rooms: Edges, name: str) -> set[str]:
    """Return what a room imports, except what it reaches through another room."""
    further = set().union(*(_reached(rooms, other) for other in rooms[name])) if rooms[name] else set()
    return rooms[name] - further


def _reached(rooms: Edges, name: str) -> set[str]:
    reached, waiting = set(), [name]
    while waiting:
        new = rooms[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def placed(page: str, drawn: str) -> str:
    """Return the page with the picture between its marks."""
    before, _, rest = page.partition(START)
    return f"{before}{START}\n{drawn}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
