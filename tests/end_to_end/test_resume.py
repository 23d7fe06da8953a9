"""A command that was stopped within an epoch goes on to the summary.csv, TensorBoard and log of an undisturbed one."""

import csv
import json
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from endurance.made import CHOICE, TIMINGS, assert_same
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pyvideoai.commands import train as train_command
from pyvideoai.engine.progress import Point
from pyvideoai.engine.training import Training
from pyvideoai.errors import UserError
from pyvideoai.reporting import reporter
from pyvideoai.reporting.clip_losses import read_clip_losses

VERSION = Path("made/linear/brief/version_000")


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch):
    """Draw nothing: figures take most of such a short run's time."""
    for name in ("draw_curves", "draw_clips", "draw_confusion"):
        monkeypatch.setattr(reporter, name, lambda *arguments: None)


def train(root: str, *arguments: str) -> int:
    return train_command.main([*CHOICE, "-R", root, *arguments])


def stopped(root: str, epoch: int, step: int, number: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a run that gets a signal in an epoch after a step."""
    pause = Training.pause

    def pause_at(training: Training, point: Point) -> None:
        if (training.progress.epoch + 1, point.steps) == (epoch, step):
            signal.raise_signal(number)
        pause(training, point)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "pause", pause_at)
        return train(root)


def rows(root: str) -> list[dict[str, str]]:
    with (Path(root) / VERSION / "summary.csv").open(newline="") as file:
        return [{name: row[name] for name in row if name not in TIMINGS} for row in csv.DictReader(file)]


def weights(root: str) -> dict[str, torch.Tensor]:
    return torch.load(Path(root) / VERSION / "weights/last.pth", weights_only=True)["model"]


def assert_same_clip_losses(ours: Path, theirs: Path) -> None:
    assert ours.read_bytes() == theirs.read_bytes()
    found = read_clip_losses(ours)
    assert found.epochs.tolist() == [1, 2, 3] and found.losses.shape == (3, 13)
    assert (np.isfinite(found.losses).sum(axis=1) == 12).all()  # the incomplete last batch of an epoch is left out
    with (ours.parents[1] / "summary.csv").open(newline="") as file:
        told = [float(row["train_loss"]) for row in csv.DictReader(file)]
    assert np.nanmean(found.losses.astype(float), axis=1) == pytest.approx(told, rel=1e-3)


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGHUP])
def test_nothing_is_missing_and_nothing_twice(tiny, monkeypatch, capsys, number):
    train("whole")
    assert stopped("parts", 2, 2, number, monkeypatch) == 128 + number
    assert (
        f"stopped by {signal.Signals(number).name} in epoch 2: nothing is lost; go on with: " in capsys.readouterr().out
    )
    assert train("parts", "-l", "last") == 0
    assert "going on in epoch 2, after step 2 of 3" in capsys.readouterr().out
    assert rows("parts") == rows("whole") and len(rows("parts")) == 3
    assert_same(weights("parts"), weights("whole"))
    version = Path("parts") / VERSION
    events = EventAccumulator(str(version / "tensorboard/train_steps"))
    events.Reload()
    # files that were begun within the same second are read in any order
    assert sorted(each.step for each in events.Scalars("step/loss")) == [2, 3, 5, 6, 8, 9]
    assert_same_clip_losses(*(Path(root) / VERSION / "logs/clip_losses.npz" for root in ("parts", "whole")))
    log = (version / "logs/train.log").read_text()
    assert [log.count(f" epoch {epoch}/3 ") for epoch in (1, 2, 3)] == [1, 1, 1]
    assert not list(version.rglob("*resume*")) and not list(version.rglob("*.tmp"))


def test_from_a_folder_gives_the_same_summary(tiny):
    train("first", "--deterministic", "-S", "run")
    folder = Path("first/made/linear/brief/run/version_000")
    assert train_command.main(["--from", str(folder), "-R", "again", "-S", "run"]) == 0
    again = Path("again/made/linear/brief/run/version_000")
    ours, theirs = ((each / "summary.csv").read_text().splitlines() for each in (again, folder))
    assert ours[0] == theirs[0] and len(ours) == len(theirs) == 4
    timings = [place for place, name in enumerate(ours[0].split(",")) if name in TIMINGS]
    assert len(timings) == len(TIMINGS)
    for our, their in zip(ours, theirs, strict=True):
        pairs = enumerate(zip(our.split(","), their.split(","), strict=True))
        assert [a for place, (a, b) in pairs if a != b and place not in timings] == []


def test_another_number_of_threads_is_said(tiny, monkeypatch, capsys):
    stopped("parts", 1, 1, signal.SIGTERM, monkeypatch)
    record = Path("parts") / VERSION / "run.json"
    run = json.loads(record.read_text())
    threads = run["threads"]
    record.write_text(json.dumps({**run, "threads": threads + 3}))
    train("parts", "-l", "last")
    told = f"WARNING: threads: {threads}, not {threads + 3} as when the run began; "
    assert told in capsys.readouterr().out


def test_an_operation_that_is_not_deterministic_is_named(tiny):
    model = Path("model_configs/linear.py")
    model.write_text(model.read_text().replace("nn.Flatten()", "Unsure()") + UNSURE)
    with pytest.raises(Exception, match=r"put_ does not have a deterministic implementation") as error:
        train("run", "--deterministic")
    assert "model_configs/linear.py:" in str(error.value) and "\n" not in str(error.value)


UNSURE = """

class Unsure(nn.Module):
    def forward(self, given):
        values = given.flatten(1)
        return values.clone().put_(values.argmax().view(1), values.max().view(1))
"""


def test_what_has_changed_since_a_run_began_is_said(tiny, monkeypatch, capsys):
    stopped("parts", 1, 1, signal.SIGTERM, monkeypatch)
    record = Path("parts") / VERSION / "run.json"
    run = json.loads(record.read_text())
    record.write_text(json.dumps({**run, "packages": {**run["packages"], "torch": "1.0"}}))
    Path("train_1").write_bytes(b"another")
    capsys.readouterr()
    assert train("parts", "-l", "last") == 0
    said = capsys.readouterr().out
    assert f"WARNING: torch: {run['packages']['torch']}, not 1.0 as when the run began" in said
    told = (
        "1 of 18 videos that were looked at have another size than when the run began, such as train_1 (7 bytes, not 0)"
    )
    assert f"WARNING: {told}" in said and said.count("WARNING") == 2


def test_a_run_goes_on_without_the_folders_of_its_reports_but_not_without_its_weights(tiny, monkeypatch, capsys):
    train("whole")
    stopped("parts", 3, 1, signal.SIGTERM, monkeypatch)
    version = Path("parts") / VERSION
    for part in ("logs", "plots", "predictions", "tensorboard"):
        shutil.rmtree(version / part)
    shutil.copytree(version, "copy/made/linear/brief/version_000")
    assert train("parts", "-l", "last") == 0
    assert rows("parts") == rows("whole") and (version / "logs/train.log").exists()
    for path in (Path("copy") / VERSION / "weights").iterdir():
        path.unlink()
    with pytest.raises(UserError, match=r"weights has no checkpoint to go on from, though the run has had epochs"):
        train("copy", "-l", "last")
    assert len(rows("copy")) == 2
