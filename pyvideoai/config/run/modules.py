"""Present config files as Python modules, so that pickling, dataclasses, inspect and tracebacks find their content."""

import linecache
import sys
from types import ModuleType
from typing import Any

from pyvideoai.config.text.source import Source


class ConfigModule(ModuleType):
    """Stand in `sys.modules` for a config file: a view of the namespace in which it runs."""

    def __init__(self, name: str, source: Source, namespace: dict[str, Any]) -> None:
        super().__init__(name)
        self.__file__ = str(source.path)
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        namespace = super().__getattribute__("_namespace")
        if name in namespace:
            # Past the namespace's own __getitem__, which would record a use.
            return dict.__getitem__(namespace, name)
        raise AttributeError(f"{self.__name__} has no {name!r}")

    @property
    def __dict__(self) -> dict[str, Any]:
        return self._namespace


def module_name(label: str, identity: str) -> str:
    """Return a name that is the same in every process that loads the same configs.

    It has no dots, since an import would take what stands before one for a package.
    """
    return f"{label.removesuffix('.py')}@{identity}".replace(".", "%2e")


def register(module: ConfigModule, source: Source) -> None:
    """Enter the module in `sys.modules`, and its text where tracebacks look: the text that ran, not today's file."""
    sys.modules[module.__name__] = module
    never_stale = None  # linecache checks an entry with a time of change against the disk; one with None it keeps
    linecache.cache[str(source.path)] = (len(source.text), never_stale, source.text.splitlines(True), str(source.path))
