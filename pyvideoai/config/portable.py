"""Objects that configs define, on their way to another process: the configs run there before the object is unpickled."""

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
    texts: dict[Path, str],
    names: Names,
    typed: tuple[str, ...],
    identity: str,
) -> "Config":
    """The config with that identity: this process's own, or run now from the very texts that the sender ran."""
    from pyvideoai.config.load import Config

    if identity not in _here:
        config = Config(contracts, Library(roots, texts), names, typed, identity)
        config.install()
        _here[identity] = config
    return _here[identity]
