"""Let another thread make items while this one works on earlier ones: decoding goes on beside the network."""

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from queue import Full, Queue
from typing import Any, TypeVar

from pyvideoai.threads import Helper

Item = TypeVar("Item")
LOOK_PERIOD_S = 0.1  # at which the thread looks whether it is still wanted
END = object()


def ahead(items: Generator[Item, None, None], depth: int) -> Iterator[Item]:
    """Yield the items; up to `depth` more are made meanwhile. An error in making one is raised here.

    When the iterator is closed early, so is `items`, in its own thread, before this returns.
    """
    queue: Queue[Any] = Queue(depth)
    helper = Helper(lambda stop: _make(items, queue, stop), "ahead")
    try:
        while (item := queue.get()) is not END:
            if isinstance(item, _Failed):
                raise item.error
            yield item
    finally:
        helper.end()


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _make(items: Generator[Any, None, None], queue: Queue, stop: threading.Event) -> None:
    last: Any = END
    try:
        with closing(items):
            for item in items:
                if not _put(queue, item, stop):
                    return
    except BaseException as error:
        last = _Failed(error)
    _put(queue, last, stop)


def _put(queue: Queue, item: Any, stop: threading.Event) -> bool:
    """Put an item as soon as there is room; return whether it is still wanted."""
    while not stop.is_set():
        try:
            queue.put(item, timeout=LOOK_PERIOD_S)
            return True
        except Full:
            continue
    return False
