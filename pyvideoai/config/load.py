"""Load the three layers: find the files, check their text, run them, and hand out their settings and hooks."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pyvideoai.config.contract import Contract
from pyvideoai.config.errors import ConfigError
from pyvideoai.config.lookup import Library, Names, default_roots
from pyvideoai.config.run.execution import Execution
from pyvideoai.config.run.layer import Layer
from pyvideoai.config.run.portable import Portable, running
from pyvideoai.config.run.snapshot import RESOLVED, read_snapshot, write_snapshot
from pyvideoai.config.text.chain import Chain, check_layer
from pyvideoai.config.text.unread import refuse_unread
from pyvideoai.config.values.help import help_text
from pyvideoai.config.values.naming import folder_name
from pyvideoai.config.values.overrides import Override, parse_overrides, value_at
from pyvideoai.config.values.printed import Row, rows, table
from pyvideoai.errors import UserError
from pyvideoai.files import write_whole

__all__ = ["Config", "ConfigError", "Layer", "Override", "help_text", "load", "load_layer", "load_snapshot"]


def load(
    contracts: Sequence[Contract],
    dataset: str,
    model: str,
    experiment: str,
    overrides: Iterable[str] = (),
    roots: Sequence[Path] | None = None,
) -> "Config":
    """Find the three files and check all that their text and `overrides` (`--set` options) show; run nothing yet.

    roots: folders that hold `dataset_configs/` and so on, searched in order; None: the current directory, then the
    configs that are shipped. Raises ConfigError.
    """
    library = Library(default_roots() if roots is None else roots, Names(dataset, model, experiment))
    return Config(contracts, library, tuple(overrides))


def load_snapshot(contracts: Sequence[Contract], folder: str | Path, overrides: Iterable[str] = ()) -> "Config":
    """Load what `Config.save` wrote to `folder`, and no other file; `overrides` replace those saved with it."""
    snapshot = read_snapshot(Path(folder))
    added = parse_overrides(overrides, contracts)
    replaced = {each.target for each in added}
    kept = [each for each in parse_overrides(snapshot.overrides, contracts) if each.target not in replaced]
    return Config(
        contracts, Library(snapshot.roots, Names(*snapshot.names)), tuple(each.typed for each in kept + added)
    )


def load_layer(
    contract: Contract, name: str, overrides: Iterable[str] = (), roots: Sequence[Path] | None = None
) -> Layer:
    """Load one dataset or model config by itself. Raises ConfigError.

    overrides: as for `load`; the layer's name before the dot may be left out.
    """
    names = Names(**{layer: name if layer == contract.layer else "" for layer in Names._fields})
    library = Library(default_roots() if roots is None else roots, names)
    return Config((contract,), library, tuple(overrides)).layer(contract.layer)


class NoDataset:
    """Stand for the dataset where a model config is loaded by itself, which most do without."""

    def __getattr__(self, name: str) -> Any:
        raise UserError(f"this model config depends on the dataset (dataset.{name}), and none was chosen")


class Config:
    """Hold the layers that `contracts` describe.

    Their files run when a layer is first asked for, always in the order dataset, model, experiment: a model config may
    depend on the dataset, an experiment on both.
    """

    def __init__(
        self, contracts: Sequence[Contract], library: Library, typed: tuple[str, ...], identity: str | None = None
    ) -> None:
        self._contracts, self._library = tuple(contracts), library
        for contract in contracts:
            # Look for all files first: a misspelt name is then the first error, whatever the other files hold.
            library.chosen(contract.layer)
        self.overrides: list[Override] = parse_overrides(typed, contracts)
        self._typed = tuple(each.typed for each in self.overrides)
        self._chains = {contract.layer: self._checked(contract.layer) for contract in contracts}
        if len(self._chains) > 1 or "dataset" in self._chains:  # a tool that loads a model alone may read what it likes
            refuse_unread(self._chains.values(), self.overrides)
        self._executions: dict[str, Execution] = {}
        self.notes: list[str] = []  # lines for the console, added by whoever loads the config
        # Last: only the checks above have read all texts that the digest is of.
        self.identity = identity or self._digest()

    @property
    def names(self) -> tuple[str, str, str]:
        """Return (dataset, model, experiment), as on the command line."""
        return self._library.names

    @property
    def found(self) -> list[tuple[str, Path]]:
        """Return (layer, file) of each layer, for the console."""
        return [(layer, chain.chosen.path) for layer, chain in self._chains.items()]

    @property
    def files(self) -> list[Path]:
        """Return every file that the layers consist of, bases included: the code that runs."""
        return sorted(self._library.texts)

    @cached_property
    def dataset(self) -> Layer:
        """Return the dataset layer."""
        return self._run("dataset")

    @cached_property
    def model(self) -> Layer:
        """Return the model layer; the dataset layer, if there is one, runs before it."""
        return self._run("model", dataset_cfg=self.dataset if "dataset" in self._chains else NoDataset())

    @cached_property
    def exp(self) -> Layer:
        """Return the experiment layer; both other layers run before it."""
        return self._run("experiment", dataset_cfg=self.dataset, model_cfg=self.model)

    def layer(self, layer: str) -> Layer:
        """Return a layer by its contract's name: `dataset`, `model` or `experiment`."""
        return self.exp if layer == "experiment" else getattr(self, layer)

    def execute(self) -> "Config":
        """Run every layer and check all that is left. Raises ConfigError."""
        for contract in self._contracts:
            self.layer(contract.layer)
        return self

    @property
    def folder_name(self) -> str:
        """Return the name of the run's sub-folder, made of the overrides that change a result; "" if there are none."""
        naming = [each for each in self.overrides if each.setting.names_folder]
        return folder_name((self._short(each), each.setting.spelling(self._value(each))) for each in naming)

    def resolved(self) -> list[Row]:
        """Return every setting and hook with its value and its origin: `file:line`, `--set`, or `default`."""
        self.execute()
        return [
            row
            for layer, execution in self._executions.items()
            for row in rows(execution.namespace, self._overrides_of(layer))
        ]

    def table(self) -> str:
        """Return `resolved` as text for people."""
        return table(self.resolved(), {layer: chain.chosen.label for layer, chain in self._chains.items()})

    def save(self, folder: str | Path) -> None:
        """Write the snapshot that `load_snapshot` reads: every file that was read, names, overrides, and the table."""
        resolved = self.table()
        write_snapshot(Path(folder), self._library, [each.typed for each in self.overrides], resolved)

    def write_table(self, folder: str | Path) -> None:
        """Write `table` again to a snapshot, after one of its overrides was replaced."""
        write_whole(Path(folder) / RESOLVED, self.table() + "\n")

    def portable(self, value: Any) -> Portable:
        """Wrap `value` for another process. It is unpickled there after the configs have run; `.value` returns it."""
        return Portable(self.execute(), value)

    def install(self) -> None:
        """Make this config the one that pickling finds, in case another of the same files has run since."""
        self.execute()
        for execution in self._executions.values():
            execution.install()

    def __reduce__(self) -> tuple[Any, ...]:
        self.install()
        library = self._library
        parts = (self._contracts, library.roots, library.names, dict(library.texts), self._typed, self.identity)
        return restore, parts

    def _checked(self, layer: str) -> Chain:
        return check_layer(self._library, self._contracts, layer, self._overrides_of(layer))

    def _run(self, layer: str, **visible: Any) -> Layer:
        execution = Execution(self._chains[layer], self._overrides_of(layer), self.identity, visible)
        layer_view = Layer(self, execution.run(), execution.chain.labels)
        self._executions[layer] = execution
        return layer_view

    def _overrides_of(self, layer: str) -> list[Override]:
        return [each for each in self.overrides if each.layer == layer]

    def _short(self, override: Override) -> str:
        """Return the override's name, with its layer's name only if another layer has a setting of that name."""
        owners = [contract for contract in self._contracts if contract.get(override.setting.name)]
        return override.target if len(owners) > 1 else override.target.partition(".")[2]

    def _value(self, override: Override) -> Any:
        if not override.path:
            return override.value()
        # A field's canonical form is known only once the config has run.
        return value_at(getattr(self.layer(override.layer), override.setting.name), override.path)

    def _digest(self) -> str:
        """Return eight characters that tell this config from every other one in the process."""
        texts = [f"{path}\n{text}" for path, text in sorted(self._library.texts.items())]
        known = "\0".join([repr(self.names), repr(self._typed), *texts])
        return hashlib.sha256(known.encode()).hexdigest()[:8]


def restore(
    contracts: tuple[Contract, ...],
    roots: tuple[Path, ...],
    names: Names,
    texts: dict[Path, str],
    typed: tuple[str, ...],
    identity: str,
) -> Config:
    """Return the config with that identity: this process's own, or one run now from the texts that the sender ran."""
    if identity not in running:
        running[identity] = Config(contracts, Library(roots, names, texts), typed, identity)
    running[identity].install()
    return running[identity]
