"""From the command line's words to what is measured: groups of videos, protocols, configs."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.loader.folders import folder_config
from benchmark.loader.jobs import Group, folder_group, make_group, protocols_of
from benchmark.loader.protocol import Protocol, clip_protocol, views_protocol
from pyvideoai.config.contract import Contract
from pyvideoai.config.load import Config, load
from pyvideoai.data.lists import prepare, read_tables
from pyvideoai.unpack import dataset_of

PREPARED = ("prepared", "dataset.prepared")


@dataclass(frozen=True)
class Case:
    """A group of videos, what is asked of them, and the config that asks it; of prepared copies too, if there are."""

    group: Group
    protocol: Protocol
    config: Config
    prepared: Config | None


@dataclass(frozen=True)
class Wanted:
    """most: videos of a group at most. overrides: `--set` options."""

    most: int | None
    seed: int
    overrides: Sequence[str]


def of_folders(
    contracts: Sequence[Contract], folders: Sequence[Path], protocols: Sequence[Protocol], wanted: Wanted
) -> Iterator[Case]:
    """Return every protocol on every folder of videos. Raises UserError."""
    for folder in folders:
        group = folder_group(folder, wanted.most, wanted.seed)
        for protocol in protocols:
            make = functools.partial(folder_config, contracts, protocol, group.root)
            config, prepared = _with_and_without_copies(make, wanted.overrides)
            yield Case(group, _named(protocol, config), config, prepared)


def of_experiment(
    contracts: Sequence[Contract], names: tuple[str, str, str], parts: Sequence[str], wanted: Wanted
) -> Iterator[Case]:
    """Return what an experiment trains, validates and tests with, on its own videos. Raises UserError."""
    make = functools.partial(_load, contracts, names)
    config, prepared = _with_and_without_copies(make, wanted.overrides)
    dataset = dataset_of(config.dataset)
    prepare(dataset)
    tables = read_tables(dataset).by_name
    for part in parts:
        table = next(tables[name] for name in (part, "val", "train") if name in tables)
        group = make_group(names[0], Path(config.dataset.root), table, wanted.most, wanted.seed)
        for protocol in protocols_of(config, [part]):
            yield Case(group, _named(protocol, config), config, prepared)


def _named(protocol: Protocol, config: Config) -> Protocol:
    clips = config.exp.clips_per_video
    several = clips > 1 and protocol.views is None
    return replace(protocol, name=f"{protocol.name}, {clips} clips per open") if several else protocol


def _load(contracts: Sequence[Contract], names: tuple[str, str, str], overrides: Sequence[str]) -> Config:
    return load(contracts, *names, overrides).execute()


def _with_and_without_copies(
    make: Callable[[Sequence[str]], Config], overrides: Sequence[str]
) -> tuple[Config, Config | None]:
    """Return the config of the originals, and that of their prepared copies or None."""
    config = make(overrides)
    if config.dataset.prepared is None:
        return config, None
    return make([each for each in overrides if each.partition("=")[0] not in PREPARED]), config


def protocols(clips: Sequence[str], tests: Sequence[str]) -> list[Protocol]:
    """Training with each of `clips`, and each of `tests` with the first of them."""
    return [clip_protocol(clip) for clip in clips] + [views_protocol(views, clips[0]) for views in tests]
