"""Objects that configs define, on their way to another process: there the configs run before they are unpickled."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyvideoai.config.contract import Contract
from pyvideoai.config.lookup import Library, Names

if TYPE_CHECKING:
    from pyvideoai.config.load import Config

_here: dict[str, "Config"] = {}  # by identity: each config runs once in a process


class Portable:
    """`value` and the config that defines what it is made of; pickle writes the config first."""

    def __init__(self, config: "Config", value: Any) -> None:
        self._config, self.value = config, value
        _here[config.identity] = config

    def __reduce__(self) -> tuple[Any, ...]:
        return Portable, (self._config, self.value)


def restore(
    contracts: tuple[Contract, ...],
    roots: tuple[Path, ...],
    names: Names,
    texts: dict[Path, str],
    typed: tuple[str, ...],
    identity: str,
) -> "Config":
    """The config with that identity: this process's own, or run now from the very texts that the sender ran."""
    from pyvideoai.config.load import Config

    if identity not in _here:
        _here[identity] = Config(contracts, Library(roots, names, texts), typed, identity)
    _here[identity].install()
    return _here[identity]
