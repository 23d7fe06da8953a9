"""Send objects that configs define to another process, in which the configs run before the objects are unpickled."""

from typing import Any, Protocol


class Installed(Protocol):
    """Describe a config that has run: the part of `load.Config` that is used here."""

    identity: str

    def install(self) -> None: ...


running: dict[str, Installed] = {}  # by identity: each config runs once in a process


class Portable:
    """Hold `value` and the config that defines its classes and functions; pickle writes the config first."""

    def __init__(self, config: Installed, value: Any) -> None:
        self._config, self.value = config, value
        running[config.identity] = config

    def __reduce__(self) -> tuple[Any, ...]:
        return Portable, (self._config, self.value)
