"""What configs of 0.1.0 import under its old name: they, and the snapshots of old runs, still work."""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "pyvideoai.annotations.something": "pyvideoai.annotations.twentybn",
    "pyvideoai.annotations.tables": "pyvideoai.annotations.own_tables",
    "pyvideoai.engine.optim": "pyvideoai.optim.parameter_groups",
    "pyvideoai.engine.schedules": "pyvideoai.optim.schedules",
}


class _Moved(MetaPathFinder, Loader):
    """Find a module under its old name: the import gives the module of the new name, not a second copy."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(MOVED[spec.name])
        self.own = module.__spec__  # the import system puts the old name's in its place
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.own


def install() -> None:
    """Let old names be imported, from now on."""
    if not any(isinstance(each, _Moved) for each in sys.meta_path):
        sys.meta_path.append(_Moved())
