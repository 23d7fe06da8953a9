"""Modules that had another name in 0.1.0: configs that import them there, and snapshots of old runs, still work."""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "pyvideoai.engine.command": "pyvideoai.commands.ending",
    "pyvideoai.engine.train_command": "pyvideoai.commands.train",
    "pyvideoai.engine.eval_command": "pyvideoai.commands.evaluate",
    "pyvideoai.engine.prepare_command": "pyvideoai.commands.prepare_videos",
    "pyvideoai.engine.tables_command": "pyvideoai.commands.tables",
    "pyvideoai.video.checking.command": "pyvideoai.commands.check_videos",
    "pyvideoai.arguments": "pyvideoai.commands.arguments",
    "pyvideoai.config.arguments": "pyvideoai.commands.config_arguments",
    "pyvideoai.engine.processes": "pyvideoai.processes",
    "pyvideoai.engine.checkpoint": "pyvideoai.checkpoint",
    "pyvideoai.engine.seeding": "pyvideoai.seeding",
    "pyvideoai.engine.optim": "pyvideoai.optim.parameter_groups",
    "pyvideoai.engine.schedules": "pyvideoai.optim.schedules",
    "pyvideoai.engine.freezing": "pyvideoai.optim.freezing",
    "pyvideoai.engine.batchnorm": "pyvideoai.optim.batchnorm",
    "pyvideoai.engine.losses": "pyvideoai.scoring.losses",
    "pyvideoai.engine.network": "pyvideoai.scoring.network",
    "pyvideoai.engine.results": "pyvideoai.engine.final_score",
    "pyvideoai.engine.which_run": "pyvideoai.commands.which_run",
    "pyvideoai.engine.run": "pyvideoai.engine.runner",
    "pyvideoai.engine.other_networks": "pyvideoai.models.weights.other_networks",
    "pyvideoai.config.source": "pyvideoai.config.text.source",
    "pyvideoai.config.statements": "pyvideoai.config.text.statements",
    "pyvideoai.config.checks": "pyvideoai.config.text.checks",
    "pyvideoai.config.evaluate": "pyvideoai.config.text.literals",
    "pyvideoai.config.chain": "pyvideoai.config.text.chain",
    "pyvideoai.config.unread": "pyvideoai.config.text.unread",
    "pyvideoai.config.kinds": "pyvideoai.config.values.kinds",
    "pyvideoai.config.entries": "pyvideoai.config.values.entries",
    "pyvideoai.config.overrides": "pyvideoai.config.values.overrides",
    "pyvideoai.config.naming": "pyvideoai.config.values.naming",
    "pyvideoai.config.tables": "pyvideoai.config.values.printed",
    "pyvideoai.config.help": "pyvideoai.config.values.help",
    "pyvideoai.config.execution": "pyvideoai.config.run.execution",
    "pyvideoai.config.namespace": "pyvideoai.config.run.namespace",
    "pyvideoai.config.modules": "pyvideoai.config.run.modules",
    "pyvideoai.config.portable": "pyvideoai.config.run.portable",
    "pyvideoai.config.snapshot": "pyvideoai.config.run.snapshot",
    "pyvideoai.config.layer": "pyvideoai.config.run.layer",
    "pyvideoai.config.guard": "pyvideoai.config.run.guard",
    "pyvideoai.video.pixels": "pyvideoai.video.to_rgb",
    "pyvideoai.video.pyav_reader": "pyvideoai.video.readers.pyav",
    "pyvideoai.video.decord_reader": "pyvideoai.video.readers.decord",
    "pyvideoai.video.torchcodec_reader": "pyvideoai.video.readers.torchcodec",
    "pyvideoai.video.frame_folder": "pyvideoai.video.readers.frame_folder",
    "pyvideoai.video.layout": "pyvideoai.video.layouts.layout",
    "pyvideoai.video.find_layout": "pyvideoai.video.layouts.find",
    "pyvideoai.video.packets": "pyvideoai.video.layouts.packets",
    "pyvideoai.video.packing": "pyvideoai.video.layouts.packing",
    "pyvideoai.video.memo": "pyvideoai.video.layouts.memo",
    "pyvideoai.video.index": "pyvideoai.video.layouts.index",
    "pyvideoai.video.plausible": "pyvideoai.video.layouts.plausible",
    "pyvideoai.video.pace": "pyvideoai.video.layouts.pace",
    "pyvideoai.video.decoder": "pyvideoai.video.layouts.decoder",
    "pyvideoai.data.limit": "pyvideoai.data.limit_train",
    "pyvideoai.annotations.something": "pyvideoai.annotations.twentybn",
    "pyvideoai.annotations.tables": "pyvideoai.annotations.own_tables",
}


class _Moved(MetaPathFinder, Loader):
    """Finds a module of an old name: it is the one of the new name, not a second one."""

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
