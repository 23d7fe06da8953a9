"""Tell who waits for a batch that it is still being loaded, from what, and what would make it faster."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import TypeVar

from pyvideoai.program import typed
from pyvideoai.threads import Helper

T = TypeVar("T")
PATIENCE_S = (10, 60, 300)  # when a line comes, after the wait for the first batch has begun
LATER_S = (60, 300, *range(1800, 864_000, 1800))  # and for a later one
LOOK_PERIOD_S = 1.0
TEXT = (
    "still waiting for the first batch after {seconds} s: its videos are being opened and decoded{reading}. Files that "
    "are large, or on a slow disk, load faster as prepared copies ({prepare}, then dataset.prepared) or with a frame "
    "index ({check} ROOT --index ROOT); --workers sets how many processes read"
)
LATER = "still waiting for a batch after {seconds} s{reading}"


def patiently(batches: Iterable[T], say: Callable[[str], None], reading: Callable[[], str] = lambda: "") -> Iterator[T]:
    """Yield the batches. While one is awaited, call `say` with a line now and then, from another thread.

    reading: returns in words what is being read at that moment.
    """
    wait = _Wait(say, reading)
    iterator = iter(batches)
    wait.watch()
    try:
        while True:
            wait.begin()
            try:
                batch = next(iterator)
            except StopIteration:
                return
            wait.end()
            yield batch
    finally:
        wait.close()


class _Wait:
    """Watch the waits of one pass from a thread of its own, which looks once a second."""

    def __init__(self, say: Callable[[str], None], reading: Callable[[], str]) -> None:
        self._say, self._reading = say, reading
        self._since: float | None = None
        self._is_first, self._told = True, 0
        self._helper: Helper | None = None

    def watch(self) -> None:
        self._helper = Helper(self._look, "waiting")

    def begin(self) -> None:
        self._told, self._since = 0, time.monotonic()

    def end(self) -> None:
        self._since, self._is_first = None, False

    def close(self) -> None:
        self._since = None
        if self._helper is not None:
            self._helper.end()

    def _look(self, stop: threading.Event) -> None:
        while not stop.wait(min(LOOK_PERIOD_S, PATIENCE_S[0])):
            since, times = self._since, PATIENCE_S if self._is_first else LATER_S
            waited_s = 0.0 if since is None else time.monotonic() - since
            due = list(takewhile(lambda each, waited_s=waited_s: each <= waited_s, times))
            # The batch may have come while this thread looked.
            if len(due) > self._told and since == self._since:
                self._told = len(due)
                self._say(_text(due[-1], self._is_first, self._reading()))


def _text(seconds: float, is_first: bool, reading: str) -> str:
    told = f": {reading}" if reading else ""
    if not is_first:
        return LATER.format(seconds=seconds, reading=told)
    return TEXT.format(
        seconds=seconds, reading=told and f" ({reading})", prepare=typed("prepare-videos"), check=typed("check-videos")
    )
