"""A whole workplace in a folder: tiny clips of two colours, split tables, and three configs of its own."""

from pathlib import Path

import pytest
from workplaces import COLOURS, VIDEOS, lay_out, write_clip


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
