"""Find the folder of the run that a command line means: by -D -M -E with --set or -S, or by itself, and by -v."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyvideoai.config.load import Config, load, load_snapshot
from pyvideoai.config.run.snapshot import read_snapshot
from pyvideoai.config.values.overrides import Override, parse_overrides
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import (
    DEFAULT_ROOT,
    ExperimentFolder,
    experiment_base,
    find_version,
    has_versions,
    open_folder,
)
from pyvideoai.launch import began_in_this_launch

GROWS = "num_epochs"
# where they are "auto", a run's snapshot holds what it has settled on
SETTLED = ("amp", "memory_format", "clips_per_device")


def load_named(options: argparse.Namespace, overrides: Sequence[str]) -> Config:
    """Return the configs that -D -M -E name, with `overrides`."""
    flags = {"-D": options.dataset, "-M": options.model, "-E": options.experiment}
    missing = [flag for flag, value in flags.items() if not value]
    if missing:
        raise UserError(
            f"{', '.join(missing)} missing: choose a dataset, a model and an experiment config (or --from FOLDER)"
        )
    return load(CONTRACTS, options.dataset, options.model, options.experiment, overrides)


def base_of(config: Config, options: argparse.Namespace) -> Path:
    """Return the folder of the versions, which is named after -S or after the overrides."""
    variant = config.folder_name if options.subfolder is None else options.subfolder
    return experiment_base(config.names, variant, options.root or DEFAULT_ROOT)


def open_named(path: str, options: argparse.Namespace) -> ExperimentFolder:
    """Return the version in a folder that was given directly; -D -M -E may be given too, if they name the same run."""
    folder = open_folder(path, options.version)
    names = read_snapshot(folder.configs).names
    for flag, given, name in zip(("-D", "-M", "-E"), _names(options), names, strict=True):
        if given and given != name:
            of = " ".join(f"{flag} {name}" for flag, name in zip(("-D", "-M", "-E"), names, strict=True))
            raise UserError(f"{flag} {given}: {folder.path} is a run of {of}")
    return folder


def find_run(options: argparse.Namespace, overrides: Sequence[str]) -> ExperimentFolder:
    """Return the run that -D -M -E and `overrides`, or -S, name. Raises UserError that lists the existing runs.

    Since num_epochs may grow, the run may have begun with another number. The folder of exactly this number comes
    first, then those of the same experiment that can grow to it.
    """
    epochs = [each for each in overrides if _parsed(each).target == f"experiment.{GROWS}"]
    others = [each for each in overrides if each not in epochs]
    config = load_named(options, others)
    own = base_of(config, options)
    named = [base_of(load_named(options, [*others, each]), options) for each in epochs] or [own]
    found = next((base for base in named if has_versions(base)), None)
    if found is None and options.subfolder is None:
        found = _one_of(_growing(config, options, [_parsed(each).value() for each in epochs]), own)
    return find_version(found or own, options.version)


def begun_before_restart(base: Path) -> ExperimentFolder | None:
    """Return the version that torchrun's first try made, in a process that it has started again; else None."""
    folder = find_version(base) if has_versions(base) else None
    return folder if folder is not None and began_in_this_launch(folder.read_run().get("launch")) else None


def settings_of(overrides: Iterable[Override]) -> dict[str, Any]:
    """Return the overrides that make another experiment, except num_epochs: what is set, and to what."""
    return {
        each.target: each.text if each.path else each.value()
        for each in overrides
        if each.setting.names_folder and each.setting.name != GROWS
    }


def agree(asked: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Return whether a run that keeps `kept` was begun with the settings `asked` (both: see `settings_of`)."""
    settled = {f"experiment.{name}" for name in SETTLED}
    return all(
        name in kept and (value == kept[name] or (name in settled and value == "auto")) for name, value in asked.items()
    )


def _growing(config: Config, options: argparse.Namespace, epochs: Sequence[int]) -> list[Path]:
    """Return where runs of the same settings lie, whatever their num_epochs; if several, those that may still
    grow to it.
    """
    home = experiment_base(config.names, root=options.root or DEFAULT_ROOT)
    # a name with "=" is made of overrides; others were given with -S, and are found by it only
    bases = [home, *sorted(home.glob("*=*"))] if home.is_dir() else []
    snapshots = {base: find_version(base).configs for base in bases if has_versions(base)}
    wanted = settings_of(config.overrides)
    of_runs = {base: _begun_with(base, snapshot, wanted) for base, snapshot in snapshots.items()}
    same = [base for base, kept in of_runs.items() if len(kept) == len(wanted) and agree(wanted, kept)]
    if not epochs or len(same) < 2:
        return same
    smaller = [base for base in same if load_snapshot(CONTRACTS, snapshots[base]).exp.num_epochs <= max(epochs)]
    return smaller or same


def _begun_with(base: Path, snapshot: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a run in `base`, without what it has settled on where its config says "auto"."""
    kept = settings_of(parse_overrides(read_snapshot(snapshot).overrides, CONTRACTS))
    by_itself = {f"experiment.{name}" for name in SETTLED if f"{name}=" not in base.name}
    return {name: value for name, value in kept.items() if name in wanted or name not in by_itself}


def _one_of(bases: Sequence[Path], own: Path) -> Path | None:
    if not bases or own in bases:
        return own if bases else None
    if len(bases) > 1:
        raise UserError(f"which run is meant? Give its folder: {' or '.join(map(str, bases))}")
    return bases[0]


def _parsed(override: str) -> Override:
    return parse_overrides([override], CONTRACTS)[0]


def _names(options: argparse.Namespace) -> tuple[str | None, str | None, str | None]:
    return options.dataset, options.model, options.experiment
