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


def test_left_and_right_are_exchanged_by_a_flip_unless_a_setting_says_otherwise(train):
    lay("", turn_left=4, turn_right=4)
    said = "HorizontalFlip exchanges the labels of turn_left and turn_right (dataset.flip_keeps_label = 'auto'"
    assert said in train("--check")[1]
    assert "HorizontalFlip is off" in train("--check", "--set", "dataset.flip_keeps_label=False")[1]
    assert (
        "HorizontalFlip" not in train("--check", "--set", "dataset.flip_keeps_label=True")[1].partition("classes;")[2]
    )


def test_a_left_without_a_right_switches_the_flip_off_in_tables_too(train):
    lay("", turn_left=4, run=4)
    said = "HorizontalFlip is off: the mirror image of turn_left has no class (dataset.flip_keeps_label = 'auto'"
    assert said in train("--check")[1]
    rows = [f"{path.relative_to('my_videos')},{path.parent.name}" for path in Path("my_videos").rglob("*.mp4")]
    Path("my_videos/train.csv").write_text("\n".join(["video,label", *rows]))
    assert said in train("-D", "table", "--check")[1]


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
