"""Features in a folder of their own: of splits, of other videos, of a run; each computed once."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from workplaces import FRAMES, PROBE, write_clip

from pyvideoai.commands import extract_features as extract_command
from pyvideoai.errors import UserError
from pyvideoai.features import collect as collecting
from pyvideoai.features.store import Store

OUT = Path("kept")
CHOICE = ["-D", "colours", "-M", "frames", "-E", "probe", "--out", str(OUT)]


@pytest.fixture
def extract(workplace: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """extract(*arguments): what was printed for -D colours -M frames -E probe."""
    Path("model_configs/frames.py").write_text(FRAMES.lstrip())
    Path("exp_configs/probe.py").write_text(PROBE.lstrip())

    def run(*arguments: str, code: int = 0) -> str:
        assert extract_command.main([*CHOICE, *arguments]) == code
        return capfd.readouterr().out

    return run


def computed(output: str) -> list[int]:
    """How many entries were computed, of each table."""
    return [int(line.split(", ")[2].split()[0]) for line in output.splitlines() if line.startswith("features, ")]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(OUT / f"{name}.csv", dtype=str, keep_default_na=False)


def test_tables_name_features_frames_and_views(extract):
    assert computed(extract()) == [64, 6, 10]
    about = json.loads((OUT / "about.json").read_text())
    assert (
        about["classes"] == ["red", "blue"] and about["shape"] == [4, 12] and about["module"] == "the input of 'head'"
    )
    assert {name: each["views"] for name, each in about["splits"].items()} == {"train": 2, "val": 6, "test": 6}
    train, test = table("train"), table("test")
    assert len(train) == 32 and set(train["views"]) == {"2"} and len(train["keys"][0].split()) == 2
    assert test["video"][0] == "test_red_0.mp4" and test["label"].tolist() == ["0", "1"] * 5
    first, *_, last = test["frames"][0].split("; ")
    assert first == "0 2 4 6" and last == "5 7 9 11"  # both ends of 12 frames, 2 apart
    entry = Store(OUT).get(test["keys"][:1])[test["keys"][0]]
    assert entry["features"].shape == (6, 4, 12) and entry["features"].std() > 0
    red, blue = (Store(OUT).get([key])[key]["features"].mean((0, 1)) for key in test["keys"][:2])
    assert not torch.allclose(red, blue, atol=0.01)


def test_only_what_changed_is_computed_again(extract):
    assert computed(extract("--split", "test", "-m", "oneclip")) == [10]
    assert computed(extract("--split", "test", "-m", "oneclip")) == [0]
    keys = table("test")["keys"].tolist()
    clips = Path("clips").resolve()
    Path("clips").unlink()
    shutil.copytree(clips, "clips")
    write_clip(Path("clips/test_red_3.mp4"), (10, 200, 10), seed=1)
    os.utime("clips/test_red_3.mp4", ns=(1, 1))
    assert computed(extract("--split", "test", "-m", "oneclip")) == [1]
    assert [before == now for before, now in zip(keys, table("test")["keys"], strict=True)].count(False) == 1
    assert computed(extract("--split", "test", "-m", "oneclip", "--set", "antialias=False")) == [10]
    assert computed(extract("--split", "test", "-m", "oneclip", "--set", "seed=1")) == [10]  # other random weights


@pytest.mark.slow
def test_a_killed_extraction_goes_on_and_leaves_no_table(extract, monkeypatch):
    monkeypatch.setattr(collecting, "SHARD", 8)
    add, written = Store.add, []

    def killed_at_the_third(store, entries, facts):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(len(entries))
        add(store, entries, facts)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Store, "add", killed_at_the_third)
        extract()
    assert not (OUT / "train.csv").exists() and not (OUT / "about.json").exists()
    assert computed(extract())[0] == 64 - sum(written)


def test_a_module_by_its_name_and_videos_of_no_split(extract):
    Path("clips", "broken.mp4").write_bytes(b"not a video")
    try:
        said = extract("--module", "backbone.0", "-m", "oneclip", "clips/test_red_1.mp4", "clips/broken.mp4", code=1)
    finally:
        Path("clips", "broken.mp4").unlink()
    assert "FAILED: clips/broken.mp4: " in said
    found, about = table("videos"), json.loads((OUT / "about.json").read_text())
    assert found["video"].tolist() == ["clips/test_red_1.mp4", "clips/broken.mp4"] and "label" not in found
    assert found["keys"][0] and not found["keys"][1] and found["error"][1]
    assert about["shape"] == [4 * 8 * 8, 12] and about["module"] == "the output of 'backbone.0'"  # 4 frames of 8 x 8
    with pytest.raises(UserError, match=r"FrameNetwork has no module 'backbone.9'; did you mean 'backbone.\d'"):
        extract("--module", "backbone.9")


def test_what_cannot_be_is_refused(extract):
    with pytest.raises(UserError, match="--split tset: the dataset has no such split; did you mean 'test'"):
        extract("--split", "tset")
    with pytest.raises(UserError, match="-m fixed takes the experiment's fixed_views, and it has none"):
        extract("-m", "fixed", "--set", "fixed_views=0")
    with pytest.raises(UserError, match="--split test is of the dataset: leave out it, or the videos"):
        extract("--split", "test", "clips")


@pytest.mark.slow
def test_a_run_gives_the_features_of_its_own_weights(trained, capfd):
    arguments = ["--from", str(trained), "-l", "last", "--split", "test", "-m", "oneclip", "--out", str(OUT)]
    assert extract_command.main(arguments) == 0
    weights = Path(json.loads((OUT / "about.json").read_text())["weights"])
    assert weights == (trained / "weights" / "last.pth").resolve()
    state = torch.load(trained / "weights" / "last.pth", weights_only=True)["model"]
    entry = next(iter(Store(OUT).get(table("test")["keys"][:1]).values()))
    assert entry["features"].shape[-1] == state["fc.weight"].shape[1]
