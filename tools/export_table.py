#!/usr/bin/env python3
"""Export every network of the zoo and write what came of it: `tools/export_table.py --write docs/EXPORT.md`.

Each network has weights from a seed, five classes, few channels where its config has a width, and the smallest frames
that it takes; each is exported in a process of its own, as tools/export.py does it. With names, the page keeps the rows
of all others, provided that they were measured with the same versions. The exit code is 1 if a network fails.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import _environment  # noqa: F401  (says what to type where PyVideoAI is not installed)
import torch

from benchmark.machine import processor
from pyvideoai.config.load import Layer, load
from pyvideoai.errors import UserError
from pyvideoai.exporting import export, graphs
from pyvideoai.models.settings import MODEL

REPOSITORY = Path(__file__).resolve().parents[1]
START, END = "<!-- made by tools/export_table.py -->", "<!-- end -->"
COLUMNS = ("config", "input", "torch", "onnx")
NAMES = sorted(
    path.stem for path in (REPOSITORY / "model_configs").glob("*.py") if path.stem != "features"
)  # no frames
SIZES = (64, 96, 128)  # of frames; after these the config's own
PACKAGES = ("torch", "torchvision", "onnx", "onnxscript", "onnxruntime", "timm", "transformers")
FAILS = "fails: "
Row = dict[str, str]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the page; return the exit code."""
    options = _parse(arguments)
    if options.one:
        print(json.dumps(measured(options.names[0])))
        return 0
    rows = rows_of(options.write.read_text()) if options.write else {}
    asked = options.names or NAMES
    for name in asked:
        rows[name] = in_a_process(name, options.minutes)
        print(line(rows[name]), flush=True)
        if options.write:  # at once: all of them take an hour
            options.write.write_text(placed(options.write.read_text(), rows))
    return 1 if any(FAILS in value for name in asked for value in rows[name].values()) else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="MODEL", help="model configs by name (all)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the rows between the marks of this page")
    parser.add_argument("--minutes", type=float, default=20, help="how long one network may take (20)")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)  # measure in this process, print JSON
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"no model config {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if not graphs.onnx_is_there():
        parser.error("ONNX comes with the extra: pip install 'pyvideoai[onnx,timm,transformers]'")
    return options


def in_a_process(name: str, minutes: float) -> Row:
    """Return the row of a network, measured in a process that leaves no memory behind."""
    command = [sys.executable, str(Path(__file__).resolve()), "--one", name]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60 * minutes, check=True)
        return dict(json.loads(ended.stdout.splitlines()[-1]))
    except subprocess.TimeoutExpired:
        fault = f"not ready after {minutes:g} minutes"
    except subprocess.CalledProcessError as error:
        fault = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[-1]
    return {"config": name, "input": "", **dict.fromkeys(("torch", "onnx"), _fault(fault))}


def measured(name: str, formats: Sequence[str] = ("torch", "onnx")) -> Row:
    """Export a network, run its graphs, and return its row. Raises UserError if its package is missing."""
    torch.manual_seed(0)
    network, shape = small(name)
    program, batch = graphs.traced(network, shape)
    row = {"config": name, "input": " x ".join(str(each) for each in shape[1:])}
    with tempfile.TemporaryDirectory() as folder:
        for graph in formats:
            try:
                made = export.graph(graph, network, program, shape, batch, Path(folder) / export.FILES[graph])
                row[graph] = f"{made.difference:.0e}{', of one clip' if made.batch == '1' else ''}"
            except UserError as error:
                row[graph] = _fault(str(error).replace(f"{folder}/", ""))
    return row


def _fault(message: str) -> str:
    """Return a message as a cell of the table."""
    return FAILS + message.replace("|", "/")[:200]


def small(name: str) -> tuple[Any, tuple[int, ...]]:
    """Return a network with five classes and few channels, and the smallest input (3, T, H, W) that it takes.

    Raises UserError if its package is missing.
    """
    narrow = [setting for setting in ("model.width=8",) if _has(name, setting)]
    fault: Exception = AssertionError(f"{name} takes no input")
    for size in (*SIZES, layer(name).size):
        config = layer(name, [*narrow, *(setting for setting in (f"model.size={size}",) if _has(name, setting))])
        network, shape = config.load_model(5).eval(), (3, config.clip[0], size, size)
        try:
            with torch.inference_mode():
                network(torch.zeros(1, *shape))
        except (RuntimeError, ValueError, AssertionError) as error:
            fault = error
        else:
            return network, shape
    raise fault


def _has(name: str, setting: str) -> bool:
    """Return whether a config takes a setting, written as --set has it."""
    try:
        layer(name, [setting])
    except UserError:
        return False
    return True


def layer(name: str, overrides: Sequence[str] = ()) -> Layer:
    """Return a model config of the repository."""
    return load((MODEL,), dataset="", model=name, experiment="", overrides=overrides, roots=[REPOSITORY]).model


def line(row: Row) -> str:
    """Return a row as a line of the table."""
    return f"| `{row['config']}` | {' | '.join(row[name] for name in COLUMNS[1:])} |"


def rows_of(page: str) -> dict[str, Row]:
    """Return a page's rows by config; none if they were measured with other versions."""
    table = page.partition(START)[2].partition(END)[0]
    if _measured_with() not in table:
        return {}
    cells = [[cell.strip(" `") for cell in each.strip("|").split("|")] for each in table.splitlines() if "| `" in each]
    return {each[0]: dict(zip(COLUMNS, each, strict=True)) for each in cells}


def placed(page: str, rows: dict[str, Row]) -> str:
    """Return the page with the table of these rows between its marks."""
    before, _, rest = page.partition(START)
    heading = f"{_measured_with()}\n\n| config | input | torch.export | ONNX |\n|---|---|---|---|"
    table = "\n".join([heading, *(line(rows[name]) for name in sorted(rows))])
    if waiting := [f"`{name}`" for name in NAMES if name not in rows]:
        table += "\n\n" + textwrap.fill(f"Not yet measured: {', '.join(waiting)}.", 150, break_on_hyphens=False)
    return f"{before}{START}\n{table}\n{END}{rest.partition(END)[2]}"


def _measured_with() -> str:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"without {name}")
    return f"{', '.join(found)}; {processor()}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
