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


def watchers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "waiting"]


def test_a_first_batch_that_is_slow_is_told_with_what_helps(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_S", (0.01, 0.02))
    said: list[str] = []

    def slow() -> Iterator[int]:
        wait_until(lambda: "0.02" in "".join(said))
        yield from range(3)

    assert list(patiently(slow(), said.append)) == [0, 1, 2]
    assert said[-1].startswith("still waiting for the first batch after 0.02 s: its videos are being opened")
    assert all(word in said[0] for word in ("--workers", "dataset.prepared", "--index"))


def test_a_line_comes_after_ten_seconds():
    assert waiting.PATIENCE_S[0] == 10 and "{seconds} s" in waiting.TEXT


def broken() -> Iterator[int]:
    raise ValueError("no batch")
    yield


def test_nothing_is_said_once_a_batch_is_there_and_nobody_looks_after_the_last(monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_PERIOD_S", 0.01)
    said: list[str] = []
    assert list(patiently(range(2), said.append)) == [0, 1]
    with pytest.raises(ValueError, match="no batch"):
        list(patiently(broken(), said.append))
    assert list(patiently([], said.append)) == []
    wait_until(lambda: not watchers())
    assert not watchers() and said == []


def test_a_later_batch_that_is_slow_is_told_with_what_is_read(monkeypatch):
    monkeypatch.setattr(waiting, "LATER_S", (0.01, 0.02))
    monkeypatch.setattr(waiting, "LOOK_PERIOD_S", 0.01)
    said: list[str] = []

    def slow() -> Iterator[int]:
        yield 0
        wait_until(lambda: len(said) == 2 or "0.02" in "".join(said))
        yield 1

    assert list(patiently(slow(), said.append, lambda: "a.mp4 (nothing for 9 s)")) == [0, 1]
    assert said[-1] == "still waiting for a batch after 0.02 s: a.mp4 (nothing for 9 s)"
