"""What the machine does to a run: one line that says what is safe and how to go on; reports never end it."""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psutil
import pytest
import torch
from workplaces import CHOICE, VERSION

from pyvideoai.commands import ending
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.data.supervised import WorkerLost
from pyvideoai.engine.training import Training
from pyvideoai.lock import Lock
from pyvideoai.reporting import reporter as reporter_module
from pyvideoai.reporting.console import Console


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch):
    """Draw nothing: figures take most of such a short run's time."""
    for name in ("draw_curves", "draw_clips", "draw_confusion"):
        monkeypatch.setattr(reporter_module, name, lambda *arguments: None)


@pytest.fixture
def train(workplace, monkeypatch, capfd) -> Callable[..., tuple[int, str, str]]:
    """train(*arguments): (exit code, stdout, stderr)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["run_train.py", *CHOICE, *arguments])
        with pytest.raises(SystemExit) as ended:
            ending.run(train_command.main)
        return ended.value.code, *capfd.readouterr()

    return run


def in_epoch(epoch: int, monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None]) -> None:
    """Let something happen after the last step of an epoch."""
    measure = Training.measure_statistics

    def disturbed(training: Training, number: int) -> None:
        measure(training, number)
        if number == epoch:
            happen()

    monkeypatch.setattr(Training, "measure_statistics", disturbed)


def raises(error: BaseException) -> Callable[..., None]:
    def call(*arguments: object, **options: object) -> None:
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "error: the disk is full. "),
        pytest.param(
            WorkerLost("a data-loading worker was killed"),
            "error: a data-loading worker was killed. ",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            torch.OutOfMemoryError("CUDA out of memory"),
            "error: memory ran out on the GPU; lower clips_per_device",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["disk", "worker", "GPU"],
)
def test_a_fault_ends_in_a_line_and_the_command_in_it_goes_on(train, monkeypatch, error, told):
    with monkeypatch.context() as patch:
        in_epoch(2, patch, raises(error))
        code, _, shown = train("-e", "2")
    assert code == 2 and shown.startswith(told) and shown.count("\n") == 1
    version = VERSION.parent / "num_epochs=2" / "version_000"
    assert f"The checkpoint of epoch 1 is whole; go on with: tools/run_train.py -l {version.absolute()}" in shown
    assert train_command.main(["-l", shown.split(" -l ")[1].strip()]) == 0
    assert pd.read_csv(version / "summary.csv")["epoch"].tolist() == [1, 2]


def test_a_mistake_that_the_first_step_shows_leaves_no_version_that_hides_an_older_run(trained):
    choice = [*CHOICE, "-S", trained.parent.name]  # where the trained version is
    config = Path("exp_configs/brief.py")
    config.write_text(config.read_text() + SHORT_CLIPS)
    with pytest.raises(ending.UserError, match=r"train_clip: Short gave int64 \(3,\)"):
        train_command.main(choice)
    assert [path.name for path in trained.parent.iterdir()] == ["version_000"]
    assert train_command.main([*choice, "-l", "last", "-e", "2"]) == 0


SHORT_CLIPS = """

class Short(Dense):
    def train(self, num_frames, fps, rng):
        return super().train(num_frames, fps, rng)[:3]


train_clip = Short(*model_cfg.clip)
"""


def test_a_folder_that_is_deleted_while_its_run_goes_on_is_said(train, monkeypatch):
    in_epoch(1, monkeypatch, lambda: shutil.rmtree("data"))
    code, _, shown = train()
    assert (
        code == 2 and "no such file or folder" in shown and f"{VERSION.absolute()} is gone, or its weights are" in shown
    )
    assert shown.count("\n") == 1


def test_reports_that_cannot_be_written_are_said_once_and_the_run_goes_on(train, monkeypatch):
    listening = []
    connections = psutil.Process().net_connections
    in_epoch(1, monkeypatch, lambda: listening.extend(each for each in connections("inet") if each.status == "LISTEN"))
    full = raises(OSError(errno.ENOSPC, "No space left on device"))
    for name in ("draw_curves", "draw_clips", "write_summary", "draw_confusion"):
        monkeypatch.setattr(reporter_module, name, full)
    monkeypatch.setattr("torch.utils.tensorboard.SummaryWriter.add_scalar", full)
    monkeypatch.setattr(reporter_module, "FIGURES_PERIOD_S", 0.0)
    code, shown, errors = train("-e", "2")
    assert (code, errors, listening) == (0, "", [])  # nothing waits for connections
    for report in ("plots/first_batch.png", "summary.csv", "a plot", "the figure of last's classes"):
        assert shown.count(f"WARNING: {report} could not be written (the disk is full); the run goes on") == 1
    assert shown.count("the logger TensorBoard, in ") == 1
    assert not (VERSION.parent / "num_epochs=2" / "version_000" / "summary.csv").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_log_on_a_full_disk_is_said_once(tmp_path, capsys):
    (tmp_path / "train.log").symlink_to("/dev/full")
    console = Console(tmp_path / "train.log")
    console.log("one")
    console.log("two")
    console.close()
    assert capsys.readouterr().out.splitlines() == [
        "one",
        "WARNING: the log could not be written (No space left on device); the run goes on",
        "two",
    ]


def test_nobody_trains_in_a_version_that_another_process_has_but_it_may_be_scored(trained, capfd):
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        lock = Lock(trained)
        lock.take()
        os.write(writer, b"x")
        signal.pause()
    os.read(reader, 1)
    try:
        with pytest.raises(ending.UserError, match=f"is being trained by process {pid} on "):
            train_command.main(["-l", str(trained), "-e", "2"])
        assert eval_command.main(["--from", str(trained), "-m", "oneclip"]) == 0
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    assert train_command.main(["-l", str(trained), "-e", "2"]) == 0
