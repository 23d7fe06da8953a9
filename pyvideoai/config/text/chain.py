"""Hold the files of one layer as text: the chosen one and the bases it inherits, each parsed and checked once."""

import builtins
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyvideoai.config.contract import Contract, Setting
from pyvideoai.config.errors import ConfigError, Place, meant
from pyvideoai.config.lookup import Library
from pyvideoai.config.text.checks import check_source
from pyvideoai.config.text.literals import TextValues
from pyvideoai.config.text.source import Source, parse
from pyvideoai.config.values.entries import default, fitted, has_default, is_required, signature, takes
from pyvideoai.config.values.overrides import Override

MODULE_NAMES = {*dir(builtins), "__file__", "__builtins__", "__annotations__"}
NOWHERE = "nothing here or in a base has a name like it"


@dataclass
class Chain:
    """Hold the files of the layer that `contract` describes, by path; the chosen one comes first."""

    files: Library
    contract: Contract
    others: list[Contract]
    sources: dict[Path, Source] = field(default_factory=dict)
    is_whole: bool = False  # whether the text names every base

    @property
    def chosen(self) -> Source:
        """Return the file that the command line chose."""
        return next(iter(self.sources.values()))

    @property
    def labels(self) -> dict[str, str]:
        """Return what messages call each file, by its path."""
        return {str(path): source.label for path, source in self.sources.items()}

    def source(self, path: Path) -> Source:
        """Return the file at `path`, parsed and checked. Raises ConfigError."""
        if path not in self.sources:
            source = parse(path, self.files.label(path), self.files.text(path))
            check_source(source, self.contract, self.others)
            self.sources[path] = source
        return self.sources[path]

    def base(self, name: str, running: Sequence[Path], place: Place) -> Source:
        """Return the file that `inherit(name)` means while the files `running` are executed; these are passed over.

        So `x.py` may inherit "x": the next file of that name, such as the one that is shipped.
        """
        path = self.files.find(self.contract.layer, name, skip=running)
        if path is not None:
            return self.source(path)
        if self.files.find(self.contract.layer, name) is not None:
            circle = " -> ".join(self.files.label(each) for each in running)
            raise ConfigError(f"{place}: inherit({name!r}) goes round in a circle: {circle} -> {name}")
        raise ConfigError(f"{place}: inherit({name!r}): {self.files.missing(self.contract.layer, name)}")

    @property
    def bound(self) -> set[str]:
        """Return every name that some file's text sets or pins."""
        return {binding.name for source in self.sources.values() for binding in source.own}

    def refuse_missing(self, present: Collection[str]) -> None:
        """Raise ConfigError that lists the required names that are not in `present`."""
        missing = [entry for entry in self.contract.entries if is_required(entry) and entry.name not in present]
        lines = [
            f"{each.name} ({takes(each)})" if isinstance(each, Setting) else f"def {signature(each)}"
            for each in missing
        ]
        if lines:
            raise ConfigError(f"{self.chosen.label}: missing: {', '.join(lines)}")


def check_layer(library: Library, contracts: Sequence[Contract], layer: str, overrides: Collection[Override]) -> Chain:
    """Check the chosen file of a layer, every base that the text names, and the layer's `--set` options against them.

    Raises ConfigError.
    """
    contract = next(each for each in contracts if each.layer == layer)
    chain = Chain(library, contract, [each for each in contracts if each is not contract])
    # list: `all` alone would stop at the first False, and the bases after it would go unchecked.
    chain.is_whole = all(list(_follow(chain, library.chosen(layer), [])))
    if chain.is_whole:
        _check_defined(chain)
        # `--set` of a whole setting supplies one that is missing, `--set` of a field doesn't.
        chain.refuse_missing(chain.bound | {each.setting.name for each in overrides if not each.path})
        of_fields = [each for each in overrides if each.path]
        for place, override in enumerate(of_fields):
            _check_field(chain, override, [each for each in of_fields[:place] if each.setting is override.setting])
    return chain


def _follow(chain: Chain, path: Path, above: list[Path]) -> Iterator[bool]:
    """Parse a file and its bases, depth first; yield for each `inherit` whether the text alone shows all of it."""
    running = [*above, path]
    for call in chain.source(path).inherits:
        yield call.base is not None and call.complete
        if call.base is not None:
            yield from _follow(chain, chain.base(call.base, running, call.place).path, running)


def _check_defined(chain: Chain) -> None:
    """Refuse a name that nothing defines: Python would complain only when the function that reads it is called."""
    known = chain.bound | {entry.name for entry in chain.contract.entries if isinstance(entry, Setting)}
    for read in (read for source in chain.sources.values() for read in source.reads):
        if read.name not in known | MODULE_NAMES:
            raise ConfigError(f"{read.place}: {read.name!r} is not defined; {meant(read.name, known) or NOWHERE}")


def _check_field(chain: Chain, override: Override, before: Sequence[Override]) -> None:
    """Refuse an override of a field that the setting's values don't have; pass if only running can tell.

    before: the overrides of other fields of the same setting, which come first: `low=32`, then `high=40`.
    """
    faults = list(_faults(chain, override, before))
    if faults and all(faults):
        raise faults[0]


def _faults(chain: Chain, override: Override, before: Sequence[Override]) -> Iterator[ConfigError | None]:
    """Yield the fault of the override, or None, for each value that the text gives the setting, or for its default."""
    setting = override.setting
    if setting.name not in chain.bound and has_default(setting):
        yield _fault(override, default(setting), before)
    for source in chain.sources.values():
        values = TextValues(source)
        for binding in (each for each in source.own if each.name == setting.name):
            is_known, value = values.known(binding.node)
            if is_known:
                yield _fault(override, fitted(setting, value, binding.place), before)
            else:
                yield override.fault_in(values.class_of(binding.node) or Any)


def _fault(override: Override, value: Any, before: Sequence[Override]) -> ConfigError | None:
    """Return what is wrong with an override after those `before` it; None where one of those is refused itself."""
    for each in before:
        if each.fault(value):
            return None
        value = each.refined(value)
    return override.fault(value)
