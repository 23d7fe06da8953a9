"""The one namespace that a layer's files run in: it checks what is set, remembers who read what, and holds pins.

CPython runs module code and functions on a dict subclass as their globals, and asks its `__getitem__` and `__setitem__`
for every global name; what goes past them (`global`, walrus in comprehensions, class bodies) is refused in `source`.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyvideoai.config.contract import Contract, Hook
from pyvideoai.config.entries import check_hook, default, fitted, has_default, is_helper, unknown
from pyvideoai.config.errors import ConfigError, Place
from pyvideoai.config.source import Source
from pyvideoai.errors import hint

COMMAND_LINE = "--set"


@dataclass(eq=False)
class Running:
    """A file of the layer: which one, who inherits it and under which name, what that call pinned and where it is."""

    source: Source
    parent: "Running | None" = None
    base: str = ""
    pins: frozenset[str] = frozenset()
    call: "Use | None" = None

    def under(self, other: "Running") -> "Running | None":
        """The direct base of `other` on the way to this file; None when this file is not below `other`."""
        if self.parent is None:
            return None
        return self if self.parent is other else self.parent.under(other)


@dataclass(frozen=True)
class Use:
    """Who read or set a name, and where."""

    file: Running
    place: Place


class Namespace(dict):
    """Globals of a layer's files.

    `given` are the settings of `--set`, pinned for all files. `refine` gets every value that is
    set, after its check, and returns what takes its place (fields set by `--set name.field=...`).
    """

    def __init__(self, contract: Contract, given: Mapping[str, Any], refine: Callable[[str, Any], Any]) -> None:
        super().__init__({name: refine(name, value) for name, value in given.items()})
        self.contract = contract
        self.origins: dict[str, Place] = {name: Place(COMMAND_LINE) for name in given}
        self.loading = True
        self.files: list[Running] = []
        self.stack: list[Running] = []
        self._given = frozenset(given)
        self._refine = refine
        self._setters: dict[str, Use] = {}
        self._readers: dict[str, list[Use]] = {}
        self._met: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        if not self.loading or name.startswith("__"):
            return self._special(name)
        if name in self:
            value = super().__getitem__(name)
        elif name in self.contract.names and has_default(self.contract[name]):
            value = self._refine(name, default(self.contract[name]))
        else:
            raise KeyError(name)
        self._met.add(name)
        self._readers.setdefault(name, []).append(self.use())
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        if not self.loading or name.startswith("__"):
            return super().__setitem__(name, value)
        self._met.add(name)
        if self._is_pinned(name):
            return None
        use = self.use()
        if name not in self or super().__getitem__(name) is not value:
            self._refuse_late(name, use)
        self._keep(name, value, use)
        return None

    def __delitem__(self, name: str) -> None:
        if self.loading and name in self.contract.names:
            raise ConfigError(f"{self.use().place}: {name} cannot be deleted; the contract keeps its names")
        super().__delitem__(name)

    def _special(self, name: str) -> Any:
        """`__file__` is that of the code that asks, also in a base's function called later."""
        if name == "__file__":
            filename = sys._getframe(2).f_code.co_filename
            if any(filename == str(file.source.path) for file in self.files):
                return filename
        return super().__getitem__(name)

    def _keep(self, name: str, value: Any, use: Use) -> None:
        if name in self.contract.names:
            value = self._checked(name, value, use.place)
        super().__setitem__(name, value)
        self.origins[name] = use.place
        self._setters[name] = use

    def _checked(self, name: str, value: Any, place: Place) -> Any:
        entry = self.contract[name]
        if isinstance(entry, Hook):
            check_hook(entry, value, place, lambda function: getattr(function, "__globals__", None) is self)
            return value
        return self._refine(name, fitted(entry, value, place))

    def _refuse_late(self, name: str, use: Use) -> None:
        """Setting what another file has used would change nothing there; setting what it has set would silently win."""
        for earlier, verb in self._earlier(name, use):
            if earlier.file in self.stack and earlier.file is not use.file:
                base = use.file.under(earlier.file).base
                told = f'{earlier.place}: {name} is {verb} before inherit("{base}"), which sets it at {use.place}'
            else:
                base = self._direct_base(earlier.file).base
                told = f"{use.place}: {name} was already {verb} at {earlier.place}"
            raise ConfigError(f'{told}; write inherit("{base}", {name}=...)')

    def _earlier(self, name: str, use: Use) -> Iterator[tuple[Use, str]]:
        yield from ((each, "used") for each in self._readers.get(name, []) if each.file is not use.file)
        setter = self._setters.get(name)
        if setter is not None and setter.file is not use.file and setter.file.under(use.file) is None:
            yield setter, "set"

    def _direct_base(self, file: Running) -> Running:
        """The base, named in a file that still runs, through which `file` was run."""
        while file.parent is not None and file.parent not in self.stack:
            file = file.parent
        return file

    def enter(self, file: Running, pins: Mapping[str, Any], run: Callable[[], None]) -> None:
        """Run a file, with `pins` held against it; the outermost pin of a name wins."""
        if file.parent is not None:
            self._hold(file, pins, self.use())
        dunders = {name: value for name, value in self.items() if name.startswith("__")}
        met, self._met = self._met, set()
        self.files.append(file)
        self.stack.append(file)
        run()
        self.stack.pop()
        self.update(dunders)
        self._refuse_unmet(file)
        self._met |= met

    def _hold(self, file: Running, pins: Mapping[str, Any], use: Use) -> None:
        file.call = use
        for name, value in pins.items():
            if name not in self.contract.names and not is_helper(name):
                raise ConfigError(f"{use.place}: {unknown(name, self.contract, 'setting')}")
            if not self._is_pinned(name):
                self._refuse_late(name, use)
                self._keep(name, value, use)
        file.pins = frozenset(pins)

    def _is_pinned(self, name: str) -> bool:
        return name in self._given or any(name in file.pins for file in self.stack)

    def _refuse_unmet(self, file: Running) -> None:
        """A pinned helper that the base does not have pins nothing."""
        for name in file.pins.difference(self.contract.names, self._met):
            helpers = {each for each in self._met if is_helper(each)} - file.pins
            raise ConfigError(f"{file.call.place}: {file.source.label} has no {name!r}; {hint(name, helpers)}")

    def use(self) -> Use:
        """Who is reading or setting: the nearest frame that runs a file of this layer."""
        by_filename = {str(file.source.path): file for file in self.files}
        frame = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename in by_filename:
                file = by_filename[frame.f_code.co_filename]
                return Use(file, Place(file.source.label, frame.f_lineno))
            frame = frame.f_back
        return Use(self.stack[-1], Place(self.stack[-1].source.label))
