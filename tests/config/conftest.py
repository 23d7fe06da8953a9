"""Projects of config files in a temporary folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from config_pieces import CONTRACTS, GOOD

from pyvideoai.config.load import Config, load


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write a whole project with some files replaced (None: without that file); returns its root."""

    def write(files: dict[str, str | None] | None = None, root: str = "project", base: dict[str, str] = GOOD) -> Path:
        for name, text in {**base, **(files or {})}.items():
            path = tmp_path / root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is not None:
                path.write_text(text)
        return tmp_path / root

    return write


@pytest.fixture
def loaded(project: Callable[..., Path]) -> Callable[..., Config]:
    """Load -D d -M m -E e of a project with some files replaced."""

    def make(files: dict[str, str | None] | None = None, *overrides: str, experiment: str = "e") -> Config:
        return load(CONTRACTS, "d", "m", experiment, overrides, roots=[project(files)])

    return make


@pytest.fixture
def exp(loaded: Callable[..., Config]) -> Callable[..., Config]:
    """Load the project with this text as its experiment e."""
    return lambda text, *overrides: loaded({"exp_configs/e.py": text}, *overrides)
