"""Objects that configs define, on their way to another process: there the configs run before they are unpickled."""

from typing import Any, Protocol


class Installed(Protocol):
    """A config that has run: what `load.Config` offers here."""

    identity: str

    def install(self) -> None: ...


running: dict[str, Installed] = {}  # by identity: each config runs once in a process


class Portable:
    """`value` and the config that defines what it is made of; pickle writes the config first."""

    def __init__(self, config: Installed, value: Any) -> None:
        self._config, self.value = config, value
        running[config.identity] = config

    def __reduce__(self) -> tuple[Any, ...]:
        return Portable, (self._config, self.value)
