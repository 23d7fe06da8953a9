import math
from dataclasses import dataclass, field

import numpy as np
import pytest

from pyvideoai.experiment import new_version
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.tasks import SingleLabel, Task


@pytest.fixture
def folder(tmp_path):
    return new_version(tmp_path / "motion" / "i3d_tiny" / "quickstart")


@pytest.fixture
def reporter(folder):
    reporter = Reporter(folder)
    yield reporter
    reporter.close()


@pytest.fixture(scope="session")
def make_history():
    return _history


@pytest.fixture
def predictions():
    """Three of four videos: rows 0, 1 and 3; the last of them is wrong."""
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.25, 0.25]], np.float32)
    return FakePredictions(SingleLabel(), np.array([0, 1, 3]), np.array([0, 1, 2]), probabilities)


@dataclass
class FakePredictions:
    task: Task
    rows: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    failures: list = field(default_factory=list)


def _history(epochs, multicrop_period=5):
    """Rows as the engine makes them; every value tells its epoch."""
    return [
        _row(epoch) | (_multicrop(epoch) if epoch % multicrop_period == 0 else {}) for epoch in range(1, epochs + 1)
    ]


def _row(epoch):
    return {
        "epoch": epoch,
        "train/loss": 2 / epoch + 1 / 3,
        "train/top1": 100 - 50 / epoch,
        "train/top5": 100 - 10 / epoch,
        "runtime_s": 30.5,
        "clips_per_s": 31.24,
        "data_wait_share": 0.041,
        "memory_gb": 1.5,
        "learning_rate": 5e-4 * math.pow(0.1, epoch // 10),
        "val/loss": 3 / epoch,
        "val/top1": 60.0 + epoch,
        "val/top5": 80.0 + epoch,
    }


def _multicrop(epoch):
    return {"val_multicrop/loss": 2.5 / epoch, "val_multicrop/top1": 62.0 + epoch, "val_multicrop/top5": 82.0 + epoch}
