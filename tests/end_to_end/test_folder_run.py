"""Folders of clips as people have them, from the command line to results.json: what is read, scored and said."""

import json
import shutil
from pathlib import Path

import pytest
from workplaces import write_clip

from pyvideoai.commands import evaluate as eval_command
from pyvideoai.engine import runner

VERSION = Path("data/experiments/folder/small/brief")
COLOURS = {"run": (200, 30, 30), "jump": (30, 30, 200), "swim": (30, 200, 30)}


PLATEAU = """

from pyvideoai.optim import OnPlateau

plateau_on = None


def scheduler(optimiser):
    return OnPlateau(torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "max"), on=plateau_on)
"""


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


def test_two_clips_a_class_train_without_val(train):
    lay("", run=2, jump=2)
    code, output = train("-e", "2")
    assert code == 2 and "or do without val: --set dataset.val_share=0" in output.splitlines()[-1]
    without = ("--set", "dataset.val_share=0")
    code, output = train("-e", "2", *without)
    assert code == 0 and "no val split: no epoch is chosen, and best.pth is the last one" in output, output
    assert "val loss" not in output and "best" not in output.partition("epoch 2/2")[2].partition("experiment ")[0]
    found = results()
    assert found["split"] == "test" and found["selected_by"] is None and found["last"]["videos"] == 2
    assert "best" not in found
    version = next(VERSION.rglob("results.json")).parent
    assert (version / "weights/best.pth").resolve() == (version / "weights/last.pth").resolve()
    code, output = train("-l", str(version), "-e", "3")
    assert code == 0 and "going on after epoch 2" in output and "epoch 3/3" in output, output


def test_all_clips_can_be_for_training(train):
    lay("", run=1, jump=1)
    all_of_it = ("--set", "dataset.val_share=0", "--set", "dataset.test_share=0", "-e", "1")
    code, output = train("--check", *all_of_it)
    assert code == 0, output
    code, output = train(*all_of_it)
    assert code == 0 and "2 classes; videos: train 2\n" in output, output
    assert "nothing was held out (val_share = 0, test_share = 0): nothing is scored" in output
    assert results()["split"] is None and "last" not in results()


def test_how_to_hold_out_what_is_not_held_out_is_refused(train):
    """A sweep over split_seed would be several runs of the same."""
    for split in ("train", "test"):
        lay(split, run=2, jump=2)
    own = "the dataset has the splits train and test of its own; it would change nothing"
    both = own.replace("train and test", "train and val and test")
    folds = "dataset.folds makes the test split; it would change nothing"
    literature = "protocol = 'literature' validates on test; it would change nothing"

    def told(*settings: str) -> str:
        code, output = train("--check", *(word for each in settings for word in ("--set", each)))
        return output.splitlines()[-1] if code else ""

    assert told("dataset.test_share=0.5", "dataset.val_share=0.5") == f"error: --set dataset.test_share=0.5: {own}"
    assert told("dataset.split_seed=1", "dataset.val_share=0.5") == ""
    assert told("dataset.val_share=0.5", "protocol=literature") == f"error: --set dataset.val_share=0.5: {literature}"
    lay("val", run=1, jump=1)
    assert told("dataset.val_share=0") == f"error: --set dataset.val_share=0: {both}"
    assert told("dataset.split_seed=1") == f"error: --set dataset.split_seed=1: {both}"
    for split in ("val", "test"):
        shutil.rmtree(Path("my_videos", split))
    assert told("dataset.folds=2", "dataset.test_share=0.5") == f"error: --set dataset.test_share=0.5: {folds}"
    assert told("dataset.folds=2", "dataset.split_seed=1", "dataset.val_share=0") == ""


@pytest.mark.parametrize(
    ("waiting", "what"),
    [("-t=1", "test_period needs val_multicrop"), ("--set=select=val/loss", "select needs val/loss")],
)
def test_what_waits_for_val_is_refused_without_it(train, waiting, what):
    lay("", run=2, jump=2)
    code, output = train("--set", "dataset.val_share=0", *waiting.split("=", 1))
    assert code == 2 and f"{what}, but with dataset.val_share = 0 there is no val split" in output.splitlines()[-1]


def test_a_plateau_schedule_without_val_is_refused_unless_it_follows_training(train):
    lay("", run=2, jump=2)
    with Path("exp_configs/brief.py").open("a") as config:
        config.write(PLATEAU)
    without = ("--set", "dataset.val_share=0", "-e", "1")
    code, output = train(*without)
    assert code == 2 and "the plateau schedule needs val/top1, but" in output.splitlines()[-1], output
    assert not list(Path("data").rglob("version_*"))
    code, output = train(*without, "--set", "plateau_on=train/top1")
    assert code == 0, output


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


def test_a_run_that_began_with_a_share_without_effect_goes_on(train, monkeypatch):
    """Older versions let such a setting pass."""
    for split in ("train", "test"):
        lay(split, run=2, jump=2)
    share = ("--set", "dataset.test_share=0.5")
    with monkeypatch.context() as older:
        older.setattr(runner, "check_shares", lambda *given: None)
        assert train("-e", "1", *share)[0] == 0
    code, output = train("-e", "2", "-l", "last", *share)
    assert code == 0 and "epoch 2/2" in output
