"""The namespace in which a layer's files run: it checks what is set, records who used what, and holds pins.

CPython runs module code and functions on a dict subclass as their globals, and asks its `__getitem__` and `__setitem__`
for every global name. What bypasses them (`global`, walrus in comprehensions, reads in class bodies) is refused from
the text, in `source` and `checks`.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyvideoai.config.contract import Contract, Hook
from pyvideoai.config.errors import ConfigError, Place, meant
from pyvideoai.config.text.source import Source
from pyvideoai.config.values.entries import check_hook, default, fitted, has_default, is_helper, unknown

COMMAND_LINE = Place("--set")


@dataclass(eq=False)
class Running:
    """Describe a file that runs: which file inherits it, under which name, and what that call pinned."""

    source: Source
    parent: "Running | None" = None
    base: str = ""
    pins: frozenset[str] = frozenset()

    def under(self, other: "Running") -> "Running | None":
        """Return the file through which `other` inherits this one; None if this file is not below `other`."""
        if self.parent is None:
            return None
        return self if self.parent is other else self.parent.under(other)


@dataclass(frozen=True)
class Use:
    """Record who used or set a name, and where."""

    file: Running
    place: Place


class Namespace(dict):
    """Serve as globals of a layer's files.

    given: the settings of `--set`, pinned for every file. refine(name, value): receives every value that is set, after
    its check, and returns it with the fields of `--set name.field=...` replaced.
    """

    def __init__(self, contract: Contract, given: Mapping[str, Any], refine: Callable[[str, Any], Any]) -> None:
        super().__init__({name: refine(name, value) for name, value in given.items()})
        self.contract = contract
        self.origins = dict.fromkeys(given, COMMAND_LINE)
        self.loading = True
        self.stack: list[Running] = []
        self._files: dict[str, Running] = {}
        self._given = frozenset(given)
        self._refine = refine
        self._setters: dict[str, Use] = {}
        self._readers: dict[str, list[Use]] = {}
        self._met: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        # Once loading is over, hooks still read their globals here; those reads must not be recorded.
        if not self.loading or name.startswith("__"):
            return super().__getitem__(name) if name != "__file__" else self._file_of_caller()
        entry = self.contract.get(name)
        if name in self:
            value = super().__getitem__(name)
        elif entry is not None and has_default(entry):
            value = self._refine(name, default(entry))
        else:
            raise KeyError(name)  # CPython then looks among the builtins, and raises NameError if it isn't there either
        self._met.add(name)
        self._readers.setdefault(name, []).append(self.use())
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        if not self.loading or name.startswith("__"):
            return super().__setitem__(name, value)
        self._met.add(name)
        # A pinned name keeps its value; that the file sets it shows that the pin has an effect.
        if not self._is_pinned(name):
            self._set(name, value, self.use())
        return None

    def update(self, *given: Any, **named: Any) -> None:
        """Update as a dict does, but through `__setitem__`, so that `globals().update(seed=1)` is checked too."""
        for name, value in dict(*given, **named).items():
            self[name] = value

    def setdefault(self, name: str, value: Any = None) -> Any:
        """Set a default as a dict does, but through `__setitem__`."""
        if name not in self:
            self[name] = value
        return self[name]

    def enter(self, file: Running, pins: Mapping[str, Any], run: Callable[[Source], None]) -> None:
        """Run a file with `pins` fixed against it; if a name is pinned at several levels, the outermost pin wins."""
        place = self._hold(file, pins) if pins else None
        # All files share one namespace: after a base has run, `__name__`, `__file__` and so on are those of its heir
        # again.
        dunders = {name: value for name, value in self.items() if name.startswith("__")}
        # What this file and its bases read or set, to find pins that nothing in them uses.
        met, self._met = self._met, set()
        self._files[str(file.source.path)] = file
        self.stack.append(file)
        run(file.source)
        self.stack.pop()
        self.update(dunders)
        self._refuse_unmet(file, place)
        self._met |= met

    def use(self) -> Use:
        """Return who is using or setting a name now: the nearest frame that runs a file of this layer."""
        # A name may be read by a library's function that a config has called, or that calls a config's function back.
        frame = sys._getframe(1)
        while frame is not None:
            file = self._files.get(frame.f_code.co_filename)
            if file is not None:
                return Use(file, Place(file.source.label, frame.f_lineno))
            frame = frame.f_back
        return Use(self.stack[-1], Place(self.stack[-1].source.label))

    def _file_of_caller(self) -> str:
        """Return the `__file__` of the code that asks, also for a base's function that is called later."""
        # 2: past this method and `__getitem__`.
        asking = sys._getframe(2).f_code.co_filename
        return asking if asking in self._files else super().__getitem__("__file__")

    def _set(self, name: str, value: Any, use: Use) -> None:
        """Check and keep a value. Setting the same object again is allowed: two files may import the same module."""
        is_setting = name in self.contract.names
        if is_setting or super().get(name) is not value:
            self._refuse_late(name, use)
        super().__setitem__(name, self._checked(name, value, use.place) if is_setting else value)
        self.origins[name] = use.place
        self._setters[name] = use

    def _checked(self, name: str, value: Any, place: Place) -> Any:
        entry = self.contract[name]
        if isinstance(entry, Hook):
            check_hook(entry, value, place, is_own=getattr(value, "__globals__", None) is self)
            return value
        return self._refine(name, fitted(entry, value, place))

    def _refuse_late(self, name: str, use: Use) -> None:
        """Refuse to set a name after another file has used or set it.

        What used the old value would keep it; of two settings one would silently win.
        """
        for earlier, verb in self._earlier(name, use):
            if earlier.file in self.stack and earlier.file is not use.file:
                base = use.file.under(earlier.file).base
                fault = f'{earlier.place}: {name} is {verb} before inherit("{base}"), which sets it at {use.place}'
            else:
                base = self._direct_base(earlier.file).base
                fault = f"{use.place}: {name} was already {verb} at {earlier.place}"
            raise ConfigError(f'{fault}; write inherit("{base}", {name}=...)')

    def _earlier(self, name: str, use: Use) -> Iterator[tuple[Use, str]]:
        yield from ((each, "used") for each in self._readers.get(name, []) if each.file is not use.file)
        setter = self._setters.get(name)
        # A file may set what one of its bases has set: that is what inheriting is for.
        if setter is not None and setter.file is not use.file and setter.file.under(use.file) is None:
            yield setter, "set"

    def _direct_base(self, file: Running) -> Running:
        """Return the base through which `file` was run, and which a file that still runs names."""
        while file.parent is not None and file.parent not in self.stack:
            file = file.parent
        return file

    def _hold(self, file: Running, pins: Mapping[str, Any]) -> Place:
        use = self.use()
        for name, value in pins.items():
            if name not in self.contract.names and not is_helper(name):
                raise ConfigError(f"{use.place}: {unknown(name, self.contract, 'setting')}")
            if not self._is_pinned(name):
                self._set(name, value, use)
        file.pins = frozenset(pins)
        return use.place

    def _is_pinned(self, name: str) -> bool:
        return name in self._given or any(name in file.pins for file in self.stack)

    def _refuse_unmet(self, file: Running, place: Place | None) -> None:
        """Refuse a pinned helper that the base does not have, since the pin has no effect."""
        for name in sorted(file.pins.difference(self.contract.names, self._met)):
            helpers = {each for each in self._met if is_helper(each)}
            question = meant(name, helpers)
            raise ConfigError(f"{place}: {file.source.label} has no {name!r}{question and f'; {question}'}")
