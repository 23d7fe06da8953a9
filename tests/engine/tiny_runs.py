"""Runs of a few steps in memory: real configs, loaders, schedules and files, but videos that nothing has to decode."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from pyvideoai.commands.train import load_tables
from pyvideoai.config.load import load
from pyvideoai.data import source
from pyvideoai.engine.left_off import LeftOff
from pyvideoai.engine.progress import Point
from pyvideoai.engine.runner import splits_of
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.training import Training
from pyvideoai.experiment import ExperimentFolder, new_version
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.signals import Stopped
from pyvideoai.video import Video

ONE = Processes(0, 1, 1, torch.device("cpu"))
TIMINGS = {"runtime_s", "clips_per_s", "data_wait_share", "memory_gb"}
DATASET = """
import pandas as pd

root = "."


def classes():
    return ["dark", "light"]


def splits():
    rows = [(f"{split}_{number}", number % 2) for split, count in COUNTS.items() for number in range(count)]
    table = pd.DataFrame(rows, columns=["video", "label"])
    return {split: table[table["video"].str.startswith(split)].reset_index(drop=True) for split in COUNTS}


COUNTS = {"train": 13, "val": 3, "test": 2}
"""
MODEL = """
from torch import nn

from pyvideoai.models.normalise import Normalise

clip = (2, 1)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))


def load_model(num_classes):
    parts = nn.Conv3d(3, 4, (1, 3, 3), stride=3), nn.BatchNorm3d(4), nn.ReLU(), nn.Dropout(0.3)
    return nn.Sequential(*parts, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, num_classes))
"""
EXPERIMENT = """
import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views

num_epochs = 3
global_batch = 4
learning_rate = 0.05
workers = 0
log_period = 2
save_every_s = 0
train_clip = Dense(*model_cfg.clip)
train_pixels = [RandomCrop(8), HorizontalFlip()]
val_views = Views(clips=1, crops=1, scale=8, size=8)
test_views = Views(clips=1, crops=1, scale=8, size=8)


def optimiser(model):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
"""


class MadeVideo(Video):
    """Six frames of noise that its name decides."""

    num_frames, fps, height, width = 6, 25.0, 10, 12

    def __init__(self, path: Path, reader: str) -> None:
        self.path = path

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        number = int(self.path.name.rpartition("_")[2])
        frames = np.random.default_rng(number).integers(0, 128, (6, self.height, self.width, 3)) + 100 * (number % 2)
        for place, frame in enumerate(wanted):
            yield place, frames[frame].astype(np.uint8)

    def close(self) -> None: ...


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with three configs: -D made -M linear -E brief; its videos are `MadeVideo`s."""
    for layer, name, text in (("dataset", "made", DATASET), ("model", "linear", MODEL), ("exp", "brief", EXPERIMENT)):
        (tmp_path / f"{layer}_configs").mkdir()
        (tmp_path / f"{layer}_configs" / f"{name}.py").write_text(text)
    for split, count in (("train", 13), ("val", 3), ("test", 2)):
        for number in range(count):
            (tmp_path / f"{split}_{number}").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(source, "open_video", MadeVideo)
    return tmp_path


def build(folder: ExperimentFolder, experiment: str = "brief", *overrides: str, resumed: bool = False) -> Training:
    """A training in a version's folder; it goes on from what it finds there if `resumed`."""
    config = load(CONTRACTS, "made", "linear", experiment, overrides)
    splits, reporter = splits_of(config, load_tables(config)), Reporter(None, enabled=False)
    folder.write_run({"classes": splits.classes, "splits": splits.facts()})
    left_off = LeftOff.of(folder, splits, ONE, reporter) if resumed else LeftOff()
    training = build_training(config, splits, ONE, folder, reporter, resumed=left_off.path is not None)
    if resumed:
        left_off.go_on(training)
    return training


def outcome(training: Training) -> dict:
    """Everything that must be the same, however often a run was stopped."""
    state = training.state_dict()
    history = state.pop("progress")["history"]
    return {**state, "history": [{name: row[name] for name in row if name not in TIMINGS} for row in history]}


def straight(base: Path, experiment: str = "brief", *overrides: str) -> dict:
    """The outcome of a run that nothing stops."""
    training = build(new_version(base), experiment, *overrides)
    training.fit()
    return outcome(training)


def interrupted(
    base: Path, stops: list[Callable[[Training], bool]], experiment: str = "brief", *overrides: str
) -> dict:
    """The outcome of a run that is stopped at the first pause at which each of `stops` says so, and gone on with."""
    folder = new_version(base)
    for number, stop in enumerate([*stops, lambda training: False]):
        training = build(folder, experiment, *overrides, resumed=number > 0)
        pause = training.pause

        def pause_or_stop(point: Point, training=training, pause=pause, stop=stop) -> None:
            training.point = point
            if stop(training):
                training.signals.number = 15
            pause(point)

        training.pause = pause_or_stop
        try:
            training.fit()
        except Stopped:
            continue
        assert number == len(stops), "a stop never came"
    return outcome(training)


def at(epoch: int, steps: int, batches: int = 0) -> Callable[[Training], bool]:
    """A stop in an epoch after so many steps, and batches of the next one."""
    return lambda training: (
        (training.progress.epoch + 1, training.point.steps, training.point.batches)
        == (
            epoch,
            steps,
            batches,
        )
    )


def assert_same(ours: object, theirs: object, place: str = "") -> None:
    """Every tensor bitwise, every number exactly."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict) and list(ours) == list(theirs), place
        for name in theirs:
            assert_same(ours[name], theirs[name], f"{place}{name}: ")
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs), place
        for number, each in enumerate(theirs):
            assert_same(ours[number], each, f"{place}{number}: ")
    elif isinstance(theirs, torch.Tensor):
        assert torch.equal(ours, theirs), place
    else:
        assert ours == theirs or (ours != ours and theirs != theirs), place
