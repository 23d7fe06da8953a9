"""How long a device has nothing to do while the loop waits for a batch."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Idle:
    """Add up the seconds in which a device is idle for want of data.

    On a CPU that is every wait. A GPU has work of the steps before it, and goes on: marks on its stream tell when that
    ended, and are read once they have come, so that nothing waits for them.
    """

    def __init__(self, device: torch.device) -> None:
        self.device, self._seconds = device, 0.0
        self._marks = deque[tuple[torch.cuda.Event, torch.cuda.Event]]()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the wait that the block is."""
        if self.device.type != "cuda":
            before = time.perf_counter()
            yield
            self._seconds += time.perf_counter() - before
            return
        ended, begun = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        ended.record(torch.cuda.current_stream(self.device))
        yield
        begun.record(torch.cuda.current_stream(self.device))
        self._marks.append((ended, begun))

    @property
    def seconds(self) -> float:
        """Return the seconds so far, as far as the device has come."""
        while self._marks and self._marks[0][1].query():
            ended, begun = self._marks.popleft()
            self._seconds += ended.elapsed_time(begun) / 1000
        return self._seconds

    @seconds.setter
    def seconds(self, value: float) -> None:
        self._seconds = value
        self._marks.clear()
