"""Find a run's data: from another directory, by the absolute paths that the run recorded."""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pyvideoai.config.load import Config, load_snapshot
from pyvideoai.config.run.layer import Layer
from pyvideoai.config.values.overrides import parse_overrides
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder

PATHS = ("root", "annotations", "class_list", "prepared")  # settings of the dataset


def places(dataset: Layer) -> dict[str, str]:
    """Return the dataset's folders as absolute paths, for run.json."""
    return {name: str(path.absolute()) for name in PATHS if (path := getattr(dataset, name)) is not None}


def load_run(folder: ExperimentFolder, overrides: Sequence[str] = ()) -> Config:
    """Return the snapshot of a run with `overrides`.

    Relative paths that don't exist here become those that it recorded.
    """
    config = load_snapshot(CONTRACTS, folder.configs, overrides)
    announce(config, folder)
    given = {each.setting.name for each in parse_overrides(overrides, CONTRACTS) if each.layer == "dataset"}
    recorded = {name: path for name, path in _recorded(folder).items() if name not in given}
    moved = [name for name in _absent(config.dataset, recorded) if Path(recorded[name]).exists()]
    notes = [
        f"dataset.{name} = {value} is not in {Path.cwd()}; {recorded[name]} is read, as in the run"
        for name, value in ((name, getattr(config.dataset, name)) for name in moved)
    ]
    if elsewhere := [f"dataset.{name}={recorded[name]}" for name in moved]:
        config = load_snapshot(CONTRACTS, folder.configs, [*overrides, *elsewhere])
    config.notes += [*_edited(config, folder), *notes]
    return config


def _edited(config: Config, folder: ExperimentFolder) -> list[str]:
    """Return a line that names the configs of the current directory that say something else than the run's copies."""
    copies = [each.relative_to(folder.configs) for each in config.files if each.is_relative_to(folder.configs)]
    names = [str(each) for each in copies if _differ(folder.configs / each, each)]
    line = f"not used, since the run has a copy that differs: {', '.join(names)} (edited after it began?)"
    return [line] * bool(names)


def _differ(copy: Path, here: Path) -> bool:
    try:
        return here.is_file() and here.read_text(encoding="utf-8") != copy.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


def announce(config: Config, folder: ExperimentFolder) -> None:
    """Say on stderr which files of a folder are run: its configs are code. Once a process, and by the first only."""
    # torchrun's number of the process: configs are loaded before `Processes` knows it.
    if os.environ.get("RANK", "0") == "0":
        _say_once(folder.configs, tuple(config.files))


@cache
def _say_once(configs: Path, files: tuple[Path, ...]) -> None:
    shown = ", ".join(str(each.relative_to(configs) if each.is_relative_to(configs) else each) for each in files)
    print(f"configs that are run, of {configs}: {shown}", file=sys.stderr)


def check_root(config: Config, folder: ExperimentFolder) -> None:
    """Raise UserError that names both places if the data is neither here nor where the run read it."""
    dataset, recorded = config.dataset, _recorded(folder)
    makes_it = dataset.prepare is not None or dataset.prepared is not None
    if not makes_it and "root" in _absent(dataset, recorded) and not Path(recorded["root"]).exists():
        raise UserError(
            f"dataset.root = {dataset.root} is neither in {Path.cwd()} nor at {recorded['root']}, where the run read "
            "it; --set dataset.root=... says where the videos are"
        )


def _absent(dataset: Layer, recorded: Mapping[str, Any]) -> list[str]:
    """Return the recorded paths that the config gives relative to the current directory, where they don't exist."""
    given = {name: getattr(dataset, name) for name in recorded}
    return [name for name, path in given.items() if path and not path.is_absolute() and not path.exists()]


def _recorded(folder: ExperimentFolder) -> dict[str, str]:
    return {name: path for name, path in folder.read_run()["paths"].items() if name in PATHS}
