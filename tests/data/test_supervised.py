"""A video that hangs or crashes its decoder costs its worker, is named, and counts as one that can't be decoded."""

import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

from pyvideoai import data
from pyvideoai.data.source import ClipSource
from pyvideoai.data.supervised import WorkerLost
from pyvideoai.video import VideoError, pulse

pytestmark = pytest.mark.long

PIXELS = [data.ShortSide(64), data.CentreCrop(64)]
GUILTY = "2.mp4"


def hang() -> None:
    """Wait in C with Python's lock held, so that no Python code of the process runs any more."""
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    ctypes.PyDLL(None).pause()


def die(number: int) -> Callable[[], None]:
    def now() -> None:
        signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
        os.kill(os.getpid(), number)

    return now


def refuse() -> None:
    raise VideoError(GUILTY, "it can't be decoded")


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Let torch look for dead workers every tenth of a second, not every five seconds."""
    monkeypatch.setattr(_MultiProcessingDataLoaderIter._try_get_data, "__defaults__", (0.1,))


@pytest.fixture
def guilty(monkeypatch) -> Callable[[Callable[[], None]], None]:
    """guilty(happen): let something happen in the worker that opens the guilty video."""
    opened = ClipSource.open

    def let(happen: Callable[[], None]) -> None:
        def open_it(source: ClipSource, video: str) -> object:
            if str(video) == GUILTY:
                happen()
            return opened(source, video)

        monkeypatch.setattr(ClipSource, "open", open_it)

    return let


def loaders(videos: Path, table, **options):
    source = ClipSource(videos, sampler=data.Dense(4, 3))
    given = {"source": source, "targets": data.Targets(["even", "odd", "third"]), "video_timeout_s": 2.0} | options
    views = data.Views(clips=1, scale=64, size=64)
    train = data.train_loader(table, train_pixels=PIXELS, global_batch=2, **given)
    return train, data.eval_loader(table, views=views, clips_per_device=1, **given)


def passes(train, evaluation) -> tuple[list, list]:
    """Two epochs and an evaluation: (pixels and rows, failures)."""
    steps = [batch for epoch in (1, 2) for [batch] in train.epoch(epoch)]
    batches = [*steps, *evaluation]
    shown = [(batch.clips, batch.rows.tolist()) for batch in batches]
    return shown, [[each.video for each in batch.failures] for batch in batches]


@pytest.mark.parametrize("happen", [hang, die(signal.SIGSEGV)], ids=["hangs", "crashes"])
def test_it_is_as_if_the_file_were_broken(videos, table, guilty, happen):
    guilty(refuse)
    shown, failures = passes(*loaders(videos, table))
    guilty(happen)
    train, evaluation = loaders(videos, table, workers=2)
    again, failed = passes(train, evaluation)
    assert failed == failures and sum(map(len, failed)) >= 2
    assert all(
        torch.equal(one, other) and rows == others for (one, rows), (other, others) in zip(again, shown, strict=True)
    )
    told = "it crashed its decoder (SIGSEGV)" if happen is not hang else "its decoder gave nothing for 2 s (video_tim"
    for loader in (train, evaluation):
        assert list(loader.batches.watch.given_up) == [GUILTY]
        assert loader.batches.watch.given_up[GUILTY].startswith(told)


def test_a_slow_video_that_gets_on_is_not_given_up(videos, table, guilty):
    def slowly() -> None:
        for _ in range(9):
            ctypes.CDLL(None).usleep(300_000)
            pulse.beat()

    guilty(slowly)
    _, failures = passes(*loaders(videos, table, workers=1))
    assert not any(failures)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (signal.SIGKILL, "was killed while it read 2.mp4, mostly by the system because memory ran out; lower workers"),
        (signal.SIGBUS, "died of SIGBUS while it read 2.mp4: shared memory (/dev/shm) is full; lower workers (now 1)"),
    ],
)
def test_a_worker_that_dies_of_something_else_ends_in_a_line(videos, table, guilty, number, told):
    guilty(die(number))
    with pytest.raises(WorkerLost, match="a data-loading worker ") as error:
        passes(*loaders(videos, table, workers=1))
    assert told in str(error.value) and "\n" not in str(error.value)


def test_the_main_process_is_not_interrupted_by_the_death_of_a_worker(videos, table):
    train, _ = loaders(videos, table, workers=1)
    handler = signal.getsignal(signal.SIGCHLD)
    steps = train.epoch(1)
    next(steps)
    assert signal.getsignal(signal.SIGCHLD) is handler


def test_who_asks_is_told_what_is_read(videos, table):
    train, _ = loaders(videos, table)
    assert train.reading() == ""
    with train.batches.watch.reading(3):
        assert train.reading() == "3.mp4 (nothing for 0 s)"
