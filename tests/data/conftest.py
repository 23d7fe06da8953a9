"""Painted videos and configs around them; datasets of empty files."""

import multiprocessing
import signal
from collections.abc import Iterator

import pandas as pd
import pytest
from hooks import guarded
from made_tables import CLASSES
from painted_configs import make_config, table, videos

from pyvideoai.data.lists import Dataset
from pyvideoai.data.workers import end_workers
from pyvideoai.tasks import task_of

__all__ = ["make_config", "table", "videos"]


@pytest.fixture(autouse=True)
def no_workers_left() -> Iterator[None]:
    """End the workers of loaders that a test leaves: torch waits 10 s for each whose loader is collected late."""
    yield
    if multiprocessing.active_children():
        answer = signal.getsignal(signal.SIGCHLD)
        end_workers()
        for child in multiprocessing.active_children():
            child.join()
        signal.signal(signal.SIGCHLD, answer)


@pytest.fixture
def dataset(tmp_path):
    """dataset(train=..., test=...): a Dataset with these tables; the videos are empty files."""

    def make(*, root=None, multi_label=False, group=None, val_share=0.1, test_share=0.2, split_seed=0, **tables):
        if root is None:
            root = tmp_path / "videos"
            frames = [table for table in tables.values() if isinstance(table, pd.DataFrame)]
            for path in [root / video for table in frames for video in table["video"]]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        return Dataset(
            root=root,
            classes=lambda: CLASSES,
            splits=guarded("splits", lambda: tables),
            task=task_of(multi_label),
            group=group,
            val_share=val_share,
            test_share=test_share,
            split_seed=split_seed,
        )

    return make
