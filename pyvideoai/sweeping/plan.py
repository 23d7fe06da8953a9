"""Read a sweep's file: which configs, and which settings each run has.

dataset, model, experiment = "motion", "i3d_tiny", "quickstart"
settings = {"num_epochs": 10}                                   # of all runs
grid = {"learning_rate": [0.01, 0.03], "seed": [0, 1, 2]}       # all combinations: six runs
average_over = "seed"

def runs():                                                     # or, in place of `grid`, any runs at all
    yield {"learning_rate": 0.01, "train_clip.stride": 4}
    yield {"learning_rate": 0.03, "model": "tsn_resnet50"}
"""

import itertools
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyvideoai.config.load import Config, load
from pyvideoai.config.values.entries import literal_text
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError, hint
from pyvideoai.experiment import experiment_base
from pyvideoai.redacted import redacted

LAYERS = ("dataset", "model", "experiment")
NAMES = (*LAYERS, "settings", "grid", "runs", "average_over")


@dataclass(frozen=True)
class Planned:
    """Hold one run: the names of its configs, what it has that other runs haven't, `--set`s, and its folder.

    Secrets of the environment stand in it by their names: $HF_TOKEN.
    """

    names: tuple[str, str, str]
    varied: dict[str, Any]
    overrides: list[str]
    config: Config
    base: Path

    @property
    def title(self) -> str:
        """Return what the run varies: "learning_rate=0.03,seed=1"."""
        return ",".join(f"{name}={_text(value)}" for name, value in self.varied.items()) or "as the configs are"


@dataclass(frozen=True)
class Plan:
    """Hold all runs of a file. average_over: names that the runs vary and that are averaged over, such as "seed"."""

    name: str
    runs: list[Planned]
    average_over: tuple[str, ...]


def read_plan(path: Path, root: Path) -> Plan:
    """Run a sweep's file; load and check the configs of all its runs. root: of all experiments. Raises UserError."""
    given = _executed(path)
    _check(path, given)
    rows = _rows(path, given)
    planned = [_planned(path, number, row, given, root) for number, row in enumerate(rows, start=1)]
    seen: dict[Path, int] = {}
    for number, run in enumerate(planned, start=1):
        if run.base in seen:
            raise UserError(f"{path}: runs {seen[run.base]} and {number} are the same run, {run.base}")
        seen[run.base] = number
    return Plan(path.stem, planned, _averaged(path, given, rows))


def _executed(path: Path) -> dict[str, Any]:
    """Return the public names that a sweep's file defines."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}") from None
    names: dict[str, Any] = {"__name__": "sweep", "__file__": str(path)}
    try:
        exec(compile(text, str(path), "exec"), names)
    except SyntaxError as error:
        raise UserError(f"{path}:{error.lineno}: {error.msg}") from None
    except Exception as error:
        raise _raised(path, error) from error
    imported = {name for name, value in names.items() if isinstance(value, types.ModuleType | type)}
    foreign = {name for name, value in names.items() if callable(value) and getattr(value, "__module__", "") != "sweep"}
    return {name: value for name, value in names.items() if name[0] != "_" and name not in imported | foreign}


def _check(path: Path, given: dict[str, Any]) -> None:
    """Raise UserError for names that a sweep doesn't have, and for values of another kind."""
    for name, value in given.items():
        if name not in NAMES:
            raise UserError(f"{path}: unknown name {name!r}; {hint(name, NAMES)}; helpers begin with _")
        if name in LAYERS and not isinstance(value, str):
            raise UserError(f"{path}: {name} = {value!r} must be the name of a config")
    settings, average = given.get("settings", {}), given.get("average_over", ())
    if not isinstance(settings, dict) or not all(isinstance(name, str) for name in settings):
        raise UserError(f"{path}: settings must be a dictionary such as {{'num_epochs': 10}}")
    if not isinstance(average, str | list | tuple) or not all(isinstance(name, str) for name in average):
        raise UserError(f"{path}: average_over must be a name such as 'seed', or a list of names")
    if not callable(given.get("runs", callable)):
        raise UserError(f"{path}: runs must be a function: def runs(), which yields a dictionary for each run")


def _rows(path: Path, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what each run sets, besides `settings`."""
    if ("grid" in given) == ("runs" in given):
        raise UserError(f"{path}: write either grid = {{...}} or def runs(), which yields a dictionary for each run")
    if "grid" in given:
        grid = given["grid"]
        lists = isinstance(grid, dict) and all(isinstance(each, list | tuple) and each for each in grid.values())
        if not lists or not all(isinstance(name, str) for name in grid):
            raise UserError(f"{path}: grid must name settings with lists of values: grid = {{'seed': [0, 1, 2]}}")
        return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    try:
        rows = list(given["runs"]())
    except Exception as error:
        raise _raised(path, error) from error
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping) or not all(isinstance(name, str) for name in row):
            raise UserError(f"{path}: run {number} is {row!r}; runs() must yield dictionaries such as {{'seed': 1}}")
    if not rows:
        raise UserError(f"{path}: runs() yields no run")
    return [dict(row) for row in rows]


def _planned(path: Path, number: int, row: dict[str, Any], given: dict[str, Any], root: Path) -> Planned:
    """Load the configs of one run, which shows whether all its settings exist and fit."""
    both = {**given.get("settings", {}), **row}
    names = tuple(both.get(layer, given.get(layer)) for layer in LAYERS)
    if odd := [name for name in names if not isinstance(name, str | None)]:
        raise UserError(f"{path}: run {number}: {odd[0]!r} must be the name of a config")
    missing = [layer for layer, name in zip(LAYERS, names, strict=True) if not name]
    if missing:
        raise UserError(f"{path}: {', '.join(missing)} missing: name them, such as {missing[0]} = '...'")
    try:
        overrides = [redacted(f"{name}={_typed(name, value)}") for name, value in both.items() if name not in LAYERS]
        config = load(CONTRACTS, *names, overrides)
        config.execute()
    except UserError as error:
        raise UserError(f"{path}: run {number}: {error}") from None
    shown = {name: _without_secrets(value) for name, value in row.items()}
    return Planned(names, shown, overrides, config, experiment_base(config.names, config.folder_name, root))


def _averaged(path: Path, given: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[str, ...]:
    average = given.get("average_over", ())
    names = (average,) if isinstance(average, str) else tuple(average)
    for name in names:
        varied = list(dict.fromkeys(each for row in rows for each in row))
        if name not in varied:
            raise UserError(f"{path}: average_over = {name!r}: no run sets it; {hint(name, varied)}")
    return names


def _typed(name: str, value: Any) -> str:
    """Return a value as --set takes it. Raises UserError for what only a config can hold."""
    plain = value is None or isinstance(value, bool | int | float | str | Path | list | tuple | dict)
    if not plain or (isinstance(value, float) and not math.isfinite(value)):
        raise UserError(
            f"{name} = {value!r}: a sweep sets numbers, text, lists and dictionaries; write a config for it"
        )
    if isinstance(value, str | Path) and str(value) and not literal_text(str(value))[0]:
        return str(value)
    return repr(str(value) if isinstance(value, Path) else value)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | Path) else repr(value)


def _without_secrets(value: Any) -> Any:
    """Return a value as it is shown and kept: as text, if a secret of the environment is in it."""
    shown = redacted(_text(value))
    return value if shown == _text(value) else shown


def _raised(path: Path, error: Exception) -> UserError:
    """Return what a sweep's own code raised, in one line with the line of the file."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(path) else line
        trace = trace.tb_next
    return UserError(f"{path}:{line}: {type(error).__name__}: {' '.join(str(error).split())}")
