"""A whole workplace in a folder: tiny clips of two colours, split tables, and three configs of its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from workplaces import (
    CHOICE,
    COLOURS,
    EXPERIMENT,
    FIGURES,
    FOLDER,
    MODEL,
    VERSION,
    VIDEOS,
    lay_out,
    without_figures,
    write_clip,
)

from pyvideoai.commands import ending as command
from pyvideoai.commands import train as train_command
from pyvideoai.reporting import reporter


@pytest.fixture(autouse=True)
def no_figures() -> Iterator[None]:
    """Draw figures only where a test asks for the fixture `figures`."""
    with without_figures():
        yield


@pytest.fixture
def figures(no_figures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the figures of this test's runs."""
    for name, draw in FIGURES.items():
        monkeypatch.setattr(reporter, name, draw)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with clips/ and the split tables train.csv, val.csv, test.csv."""
    folder = tmp_path_factory.mktemp("colours")
    (folder / "clips").mkdir()
    for split, count in VIDEOS.items():
        rows = ["video,label"]
        for number in range(count):
            for name, colour in COLOURS.items():
                video = f"{split}_{name}_{number}.mp4"
                write_clip(folder / "clips" / video, colour, seed=len(rows) + 1000 * count)
                rows.append(f"{video},{name}")
        (folder / f"{split}.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def workplace(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with the data and three configs: -D colours -M small -E brief."""
    lay_out(tmp_path, clips)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def trained_workplace(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workplace in which one epoch was trained; for tests to copy."""
    folder = tmp_path_factory.mktemp("trained")
    lay_out(folder, clips)
    with pytest.MonkeyPatch.context() as patch, without_figures():
        patch.chdir(folder)
        train_command.main([*CHOICE, "-e", "1"])
    return folder


@pytest.fixture
def trained(trained_workplace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The trained version (a path from the current directory) in a workplace of the test's own."""
    shutil.copytree(trained_workplace, tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return VERSION.parent / "num_epochs=1" / "version_000"


@pytest.fixture
def train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """train(*arguments): (exit code, all that was printed), in a folder that has my_videos/ and small configs."""
    for layer, name, text in (("model", "small", MODEL), ("exp", "brief", EXPERIMENT)):
        (tmp_path / f"{layer}_configs").mkdir()
        (tmp_path / f"{layer}_configs" / f"{name}.py").write_text(text.lstrip())
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            command.run(lambda _: train_command.main([*FOLDER, *arguments]))
        output, errors = capfd.readouterr()
        return ended.value.code, output + errors

    return run
