"""Show what networks cost: `tools/model_table.py i3d_resnet50 r3d_18 --csv costs.csv`; `--help` tells all.

Parameters, GMACs and the memory that a training step keeps are counted; clips per second are measured on this machine.
`--zoo docs/MODEL_ZOO.md` writes the page of the model zoo instead.
"""

import argparse
import functools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.config.load import Layer, load
from pyvideoai.errors import UserError
from pyvideoai.files import write_whole
from pyvideoai.models.measured import read_measured
from pyvideoai.models.settings import MODEL
from pyvideoai.models.zoo import Entry, describe, page, recipes
from pyvideoai.program import shipped_configs

CONFIGS, RECIPES = shipped_configs() / "model_configs", shipped_configs() / "exp_configs" / "kinetics400"


def main(arguments: Sequence[str]) -> None:
    """Run the tool. Raises UserError."""
    options = _parse(arguments)
    if options.zoo:
        write_zoo(options.zoo)
        print(f"written: {options.zoo.resolve()}")
        return
    import pandas as pd

    rows = [_measure(name, options) for name in options.models] if options.models else list(_measured_zoo(options))
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    if options.csv:
        write_whole(options.csv, table.to_csv(index=False))


def write_zoo(path: Path) -> None:
    """Write the page of the model zoo, with the speeds of the CSV file beside it. Raises UserError."""
    write_whole(path, page(_entries(), read_measured(measured_beside(path))))


def measured_beside(path: Path) -> Path:
    """Return the file beside the page of the model zoo that holds what `tools/benchmark_inference.py` measured."""
    return path.with_suffix(".csv")


def zoo() -> dict[str, Path]:
    """Return the configs of the model zoo by name."""
    return {path.stem: path for path in CONFIGS.glob("*.py") if describe(path)[1]}


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="model configs by name; none: all of the zoo")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="such as --set model.width=16")
    parser.add_argument("--classes", type=int, default=400)
    parser.add_argument("--clips", type=int, default=2, help="clips at once, for the speed (training needs two)")
    parser.add_argument("--size", type=int, help="height and width of the input; else the config's")
    parser.add_argument("--device", default="auto", help="where the speed is measured (auto: a GPU if there is one)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each speed is measured at least")
    parser.add_argument("--count-only", action="store_true", help="measure no speed")
    parser.add_argument("--csv", type=Path, help="write the table here too")
    parser.add_argument("--zoo", type=Path, help="write the page of the model zoo here, and do nothing else")
    return parser.parse_args(arguments)


def _measured_zoo(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield the row of each network of the zoo, without those whose package is missing."""
    for name in sorted(zoo()):
        try:
            yield _measure(name, options)
        except UserError as error:
            print(f"left out: {name}: {error}", file=sys.stderr)


def _measure(name: str, options: argparse.Namespace) -> dict[str, object]:
    import torch

    from pyvideoai.models.cost import cost, speed
    from pyvideoai.processes import pick_device

    config = _config(name, options.set)
    size = options.size or config.size
    clip = (3, config.clip[0], size, size)
    counted = cost(functools.partial(config.load_model, options.classes), clip)
    row = {"model": name, "clip": f"{config.clip[0]}x{size}x{size}", **counted._asdict()}
    if not options.count_only:
        device = pick_device(options.device)
        model = config.load_model(options.classes).to(device)
        measured = speed(model, torch.randn(options.clips, *clip, device=device), options.seconds)
        row |= {"forward_clips_per_s": measured.forward, "training_clips_per_s": measured.training}
    return {column: round(value, 2) if isinstance(value, float) else value for column, value in row.items()}


def _config(name: str, overrides: Sequence[str] = ()) -> Layer:
    return load((MODEL,), dataset="", model=name, experiment="", overrides=overrides).model


def _entries() -> list[Entry]:
    return [Entry(name, *describe(path), _config(name).weights, recipes(name, RECIPES)) for name, path in zoo().items()]
