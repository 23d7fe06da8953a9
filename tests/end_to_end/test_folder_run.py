"""Folders of clips as people have them, from the command line to results.json: what is read, scored and said."""

import json
from pathlib import Path

from workplaces import write_clip

from pyvideoai.engine import eval_command

VERSION = Path("data/experiments/folder/small/brief")
COLOURS = {"run": (200, 30, 30), "jump": (30, 30, 200), "swim": (30, 200, 30)}


def lay(split: str, **counts: int) -> None:
    """Clips of each class in my_videos/<split>/<class>."""
    for name, count in counts.items():
        for number in range(count):
            path = Path("my_videos", split, name, f"{number}.mp4")
            path.parent.mkdir(parents=True, exist_ok=True)
            write_clip(path, COLOURS.get(name, COLOURS["run"]), seed=number)


def results() -> dict:
    return json.loads(next(VERSION.rglob("results.json")).read_text())


def test_a_mean_over_classes_names_those_without_test_videos(train):
    lay("Train", run=3, jump=3, swim=3)
    lay("Test", run=2, jump=2)
    code, output = train("-e", "1")
    assert code == 0, output
    assert "classes, with their videos in train/val/test: jump 2/1/2, run 2/1/2, swim 2/1/0" in output
    assert "test has no videos of 1 of 3 classes: swim" in output
    assert " over 2 of 3 classes: none of swim in test  (" in output
    assert results()["last"]["classes_without_videos"] == ["swim"] and results()["last"]["classes"] == 3
    version = next(VERSION.rglob("results.json")).parent
    eval_command.main(["--from", str(version), "--out", "result.json"])
    assert json.loads(Path("result.json").read_text())["classes_without_videos"] == ["swim"]
