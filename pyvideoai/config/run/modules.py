"""Config files as modules of Python, so that pickling, dataclasses, inspect and tracebacks find what they define."""

import linecache
import sys
from types import ModuleType
from typing import Any

from pyvideoai.config.text.source import Source


class ConfigModule(ModuleType):
    """What `sys.modules` holds for a config file: a view of the namespace that it runs in."""

    def __init__(self, name: str, source: Source, namespace: dict[str, Any]) -> None:
        super().__init__(name)
        self.__file__ = str(source.path)
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        namespace = super().__getattribute__("_namespace")
        if name in namespace:
            return dict.__getitem__(namespace, name)
        raise AttributeError(f"{self.__name__} has no {name!r}")

    @property
    def __dict__(self) -> dict[str, Any]:
        return self._namespace


def module_name(label: str, identity: str) -> str:
    """The same in every process that loads the same configs; without dots, which an import would follow."""
    return f"{label.removesuffix('.py')}@{identity}".replace(".", "%2e")


def register(module: ConfigModule, source: Source) -> None:
    """Enter the module in `sys.modules`, and its text where tracebacks look: what ran, though the file may change."""
    sys.modules[module.__name__] = module
    never_stale = None
    linecache.cache[str(source.path)] = (len(source.text), never_stale, source.text.splitlines(True), str(source.path))
