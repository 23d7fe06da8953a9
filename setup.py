"""What pyproject.toml can't say: a wheel carries the three config folders, which lie at the top of the repository."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FOLDERS = ("dataset_configs", "model_configs", "exp_configs")


class BuildWithConfigs(build_py):
    """Copy the configs to `pyvideoai/configs`, where an installed package looks for them."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for path in self._configs():
                target = self._target(path)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        copied = [] if self.editable_mode else [str(self._target(path)) for path in self._configs()]
        return [*super().get_outputs(include_bytecode), *copied]

    def _configs(self) -> list[Path]:
        return [path for folder in FOLDERS for path in sorted(Path(folder).rglob("*.py"))]

    def _target(self, path: Path) -> Path:
        return Path(self.build_lib, "pyvideoai", "configs", path)


setup(cmdclass={"build_py": BuildWithConfigs})
