"""Who waits for the first batch is told so."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pyvideoai.reporting import waiting
from pyvideoai.reporting.waiting import patiently

DEADLINE_S = 60


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.005)


def timers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if isinstance(each, threading.Timer)]


def test_a_first_batch_that_is_slow_is_told_with_what_helps(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_S", (0.01, 0.02))
    said: list[str] = []

    def slow() -> Iterator[int]:
        wait_until(lambda: len(said) == 2)
        yield from range(3)

    assert list(patiently(slow(), said.append)) == [0, 1, 2]
    assert sorted(line.split(":")[0] for line in said) == [
        "still waiting for the first batch after 0.01 s",
        "still waiting for the first batch after 0.02 s",
    ]
    assert all(word in said[0] for word in ("--workers", "dataset.prepared", "--index"))


def test_a_line_comes_after_ten_seconds():
    assert waiting.PATIENCE_S[0] == 10 and "{seconds} s" in waiting.TEXT


def broken() -> Iterator[int]:
    raise ValueError("no batch")
    yield


def test_once_the_first_batch_is_there_nothing_is_said_any_more(monkeypatch):
    said: list[str] = []
    batches = patiently(range(2), said.append)
    assert next(batches) == 0
    wait_until(lambda: not timers())
    assert not timers() and list(batches) == [1]
    with pytest.raises(ValueError, match="no batch"):
        list(patiently(broken(), said.append))
    assert list(patiently([], said.append)) == []
    wait_until(lambda: not timers())
    assert not timers() and said == []
