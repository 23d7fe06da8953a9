"""The contracts: tables of the settings and hooks that a config may define.

They are the one source of the checks, of `--help-config` and of docs/CONFIG.md. The package that owns a setting
declares it in this vocabulary; neither this module nor a table may import torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyvideoai.config.values.naming import spelling


class _Required:
    def __repr__(self) -> str:
        return "required"

    def __reduce__(self) -> str:
        return "REQUIRED"  # the one object again wherever it is unpickled


REQUIRED = _Required()


@dataclass(frozen=True)
class Setting:
    """Declare a name at module level that holds a value.

    `kind` is a type as in an annotation: `int`, `float` (takes an int too), `Path`, `Literal["a", "b"]`, `int | None`,
    `tuple[float, ...]`, a frozen dataclass (its fields can be set by `--set name.field=...`), a runtime-checkable
    Protocol.
    """

    name: str
    kind: Any
    doc: str
    default: Any = REQUIRED
    low: float | None = None
    high: float | None = None
    names_folder: bool = True  # False: it changes how a run works, not what it computes; left out of the folder's name
    spelling: Callable[[Any], str] = spelling  # how its value is written in the folder's name
    for_configs: bool = False  # only config files read it: `--set` is refused if none of them does


@dataclass(frozen=True)
class Hook:
    """Declare a function at module level that the framework calls with exactly `parameters` (by position).

    returns: the kind of its result (see `Setting`); or the full name of a class, such as "torch.nn.Module", whose
    package a contract doesn't import; Any if the caller checks the result itself. low: the lowest number that it may
    return.
    """

    name: str
    parameters: tuple[str, ...]
    doc: str
    required: bool = False
    returns: Any = Any
    low: float | None = None


@dataclass(frozen=True)
class Contract:
    """List all names that one layer (`dataset`, `model` or `experiment`) may define."""

    layer: str
    entries: tuple[Setting | Hook, ...]

    def __getitem__(self, name: str) -> Setting | Hook:
        return next(entry for entry in self.entries if entry.name == name)

    def get(self, name: str) -> Setting | Hook | None:
        """Return the entry of that name, or None."""
        return next((entry for entry in self.entries if entry.name == name), None)

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self.entries]
