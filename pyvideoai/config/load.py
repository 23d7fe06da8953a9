"""Load the three layers: find the files, check their text, run them, and hand out what they say."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pyvideoai.config.checks import check_layer
from pyvideoai.config.contract import Contract
from pyvideoai.config.errors import ConfigError
from pyvideoai.config.execution import Execution
from pyvideoai.config.help import help_text
from pyvideoai.config.layer import Layer
from pyvideoai.config.lookup import Library, Names, default_roots
from pyvideoai.config.naming import folder_name
from pyvideoai.config.overrides import Override, parse_overrides, value_at
from pyvideoai.config.portable import Portable, restore
from pyvideoai.config.snapshot import read_snapshot, write_snapshot
from pyvideoai.config.source import Source
from pyvideoai.config.tables import Row, rows, table

__all__ = ["Config", "ConfigError", "Layer", "Override", "help_text", "load", "load_snapshot"]


def load(
    contracts: Sequence[Contract],
    dataset: str,
    model: str,
    experiment: str,
    overrides: Iterable[str] = (),
    roots: Sequence[Path] | None = None,
) -> "Config":
    """Find the three files and check all that their text and `overrides` (`--set` options) show; runs nothing yet.

    `roots`: folders that hold `dataset_configs/` and so on, first match first; default: the current directory, the repository.
    Raises ConfigError.
    """
    library = Library(default_roots() if roots is None else roots)
    return Config(contracts, library, Names(dataset, model, experiment), tuple(overrides))


def load_snapshot(contracts: Sequence[Contract], folder: str | Path, overrides: Iterable[str] = ()) -> "Config":
    """Load what `Config.save` wrote to `folder`, and only that; `overrides` go before those that it was saved with."""
    snapshot = read_snapshot(Path(folder))
    added = tuple(overrides)
    targets = {each.target for each in parse_overrides(added, contracts)}
    kept = [each.typed for each in parse_overrides(snapshot.overrides, contracts) if each.target not in targets]
    return Config(contracts, Library(snapshot.roots), Names(*snapshot.names), (*kept, *added))


class Config:
    """Three layers. Their files run on first access, in the order dataset, model, experiment."""

    def __init__(
        self,
        contracts: Sequence[Contract],
        library: Library,
        names: Names,
        typed: tuple[str, ...],
        identity: str | None = None,
    ) -> None:
        self._contracts, self._library, self._names, self._typed = tuple(contracts), library, names, typed
        for contract in contracts:
            library.chosen(contract.layer, names)
        self.overrides: list[Override] = parse_overrides(typed, contracts)
        self._sources = {contract.layer: self._checked(contract.layer) for contract in contracts}
        self.identity = identity or self._digest()
        self._executions: dict[str, Execution] = {}

    @property
    def names(self) -> tuple[str, str, str]:
        """(dataset, model, experiment), as on the command line."""
        return self._names.dataset, self._names.model, self._names.experiment

    @property
    def found(self) -> list[tuple[str, Path]]:
        """(layer, file) of each layer, for printing what was found."""
        return [(layer, sources[0].path) for layer, sources in self._sources.items()]

    @cached_property
    def dataset(self) -> Layer:
        """The dataset layer."""
        return self._run("dataset", {})

    @cached_property
    def model(self) -> Layer:
        """The model layer; the dataset layer runs first."""
        self.dataset  # noqa: B018
        return self._run("model", {})

    @cached_property
    def exp(self) -> Layer:
        """The experiment layer; the others run first."""
        return self._run("experiment", {"dataset_cfg": self.dataset, "model_cfg": self.model})

    def execute(self) -> "Config":
        """Run all three layers and check all that is left. Raises ConfigError."""
        self.exp  # noqa: B018
        return self

    @property
    def folder_name(self) -> str:
        """The run's sub-folder, named after the overrides that change a result; empty without any."""
        naming = [each for each in self.overrides if each.setting.names_folder]
        short = [".".join([each.setting.name, *each.path]) for each in naming]
        full = [name if short.count(name) == 1 else each.target for name, each in zip(short, naming, strict=True)]
        return folder_name(zip(full, map(self._value, naming), strict=True))

    def resolved(self) -> list[Row]:
        """Every setting and hook with its value and where it comes from: `file:line`, `--set`, or `default`."""
        self.execute()
        return [
            row
            for contract in self._contracts
            for row in rows(contract, self._executions[contract.layer].namespace, self.overrides)
        ]

    def table(self) -> str:
        """`resolved` for the eye."""
        files = {layer: sources[0].label for layer, sources in self._sources.items()}
        return table(self.resolved(), files)

    def save(self, folder: str | Path) -> None:
        """Write the snapshot that `load_snapshot` reads: every file read, the names and overrides, and the table."""
        self.execute()
        write_snapshot(Path(folder), self._library, self.names, [each.typed for each in self.overrides], self.table())

    def portable(self, value: Any) -> Portable:
        """Wrap `value` for another process: unpickled there, after the configs have run, `.value` gives it back."""
        return Portable(self.execute(), value)

    def install(self) -> None:
        """Make this config the one that pickling finds, should another with the same files have been run since."""
        self.execute()
        for execution in self._executions.values():
            execution.install()

    def __reduce__(self) -> tuple[Any, ...]:
        self.install()
        parts = (
            self._contracts,
            self._library.roots,
            dict(self._library.texts),
            self._names,
            self._typed,
            self.identity,
        )
        return restore, parts

    def _checked(self, layer: str) -> list[Source]:
        given = {each.setting.name for each in self.overrides if each.layer == layer and not each.path}
        return check_layer(self._library, self._names, self._contracts, layer, given)

    def _run(self, layer: str, visible: dict[str, Layer]) -> Layer:
        overrides = [each for each in self.overrides if each.layer == layer]
        execution = Execution(
            self._contracts, layer, self._library, self._names, self._sources[layer], overrides, self.identity, visible
        )
        namespace = execution.run()
        self._executions[layer] = execution
        return Layer(self, "exp" if layer == "experiment" else layer, namespace)

    def _value(self, override: Override) -> Any:
        if not override.path:
            return override.value()
        layer = self.exp if override.layer == "experiment" else getattr(self, override.layer)
        return value_at(getattr(layer, override.setting.name), override.path)

    def _digest(self) -> str:
        """Eight characters that differ between configs that may live in one process."""
        known = [
            repr(self._names),
            repr(self._typed),
            *(f"{path}\n{text}" for path, text in sorted(self._library.texts.items())),
        ]
        return hashlib.sha256("\0".join(known).encode()).hexdigest()[:8]
