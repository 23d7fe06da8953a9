"""Tell who waits for the first batch that it is still being loaded, and what would make it faster."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pyvideoai.program import typed

T = TypeVar("T")
PATIENCE_S = (10, 60, 300)  # when a line comes, after the wait has begun
TEXT = (
    "still waiting for the first batch after {seconds} s: its videos are being opened and decoded. Files that are "
    "large, or on a slow disk, load faster as prepared copies ({prepare}, then dataset.prepared) or with a frame "
    "index ({check} ROOT --index ROOT); --workers sets how many processes read"
)


def patiently(batches: Iterable[T], say: Callable[[str], None]) -> Iterator[T]:
    """Yield the batches. While the first one is awaited, call `say` with a line now and then, from another thread."""
    timers = [threading.Timer(seconds, say, [_text(seconds)]) for seconds in PATIENCE_S]
    try:
        for timer in timers:
            timer.daemon = True
            timer.start()
        for batch in batches:
            _cancel(timers)
            yield batch
    finally:
        _cancel(timers)


def _cancel(timers: list[threading.Timer]) -> None:
    for timer in timers:
        timer.cancel()


def _text(seconds: int) -> str:
    return TEXT.format(seconds=seconds, prepare=typed("prepare-videos"), check=typed("check-videos"))
