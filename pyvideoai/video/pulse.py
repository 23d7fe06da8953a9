"""Hear that a reader gets on: it calls `beat()` for each packet, frame or image that it has got.

A decoder that hangs inside its library can't say so; whoever waits for it hears no beat any more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listeners: list[Callable[[], None]] = []


def beat() -> None:
    """Tell whoever listens in this process that reading goes on."""
    if _listeners:
        _listeners[-1]()


@contextmanager
def heard_by(listener: Callable[[], None]) -> Iterator[None]:
    """Call `listener` for each beat of the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.pop()
