"""Know which video each data-loading worker reads, and since when its decoder has given nothing.

The facts lie in memory that workers share with their parent: a worker that hangs in C code can't be asked.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch.utils.data import get_worker_info

from pyvideoai.video import VideoError, pulse

PID, ROW, SINCE = 0, 1, 2  # columns; SINCE: time.monotonic() of the last sign of life, 0 while nothing is read


@dataclass(frozen=True)
class Reading:
    """Say what a process reads. silent_s: seconds since its decoder has last given something."""

    pid: int
    row: int
    video: str
    silent_s: float


class Watch:
    """Hold what the workers of one loader read, and which videos were given up.

    videos: the video of each row. given_up: the reason, by video; a worker knows the entries from before it started.
    """

    def __init__(self, videos: Sequence[str], workers: int = 0) -> None:
        self.videos = videos
        self.given_up: dict[str, str] = {}
        # float64 holds whole numbers up to 2**53, so process ids and rows too.
        self._slots = torch.zeros(max(workers, 1), 3, dtype=torch.float64)
        if workers:
            self._slots.share_memory_()

    @contextmanager
    def reading(self, row: int) -> Iterator[None]:
        """Note that this process reads the video of a row. Raises VideoError if it was given up."""
        video = self.videos[row]
        if video in self.given_up:
            raise VideoError(video, self.given_up[video])
        worker = get_worker_info()
        slot = self._slots.numpy()[worker.id if worker else 0]
        slot[PID], slot[ROW] = os.getpid(), row

        def alive() -> None:
            # One clock for all processes of a machine, which no change of the date moves.
            slot[SINCE] = time.monotonic()

        alive()
        try:
            with pulse.heard_by(alive):
                yield
        finally:
            slot[SINCE] = 0

    def now(self) -> list[Reading]:
        """Return what is being read at this moment."""
        found = []
        for pid, row, since in self._slots.clone().tolist():
            if since:
                silent_s = max(time.monotonic() - since, 0.0)
                found.append(Reading(int(pid), int(row), self.videos[int(row)], silent_s))
        return found

    def of_process(self, pid: int) -> str | None:
        """Return the video that a process reads, or was reading when it died; None if none."""
        return next((each.video for each in self.now() if each.pid == pid), None)

    def clear(self) -> None:
        """Forget what is being read: all workers have ended."""
        self._slots.zero_()

    def told(self) -> str:
        """Return in words what is being read, the longest first; "" for nothing."""
        longest = sorted(self.now(), key=lambda each: -each.silent_s)
        return ", ".join(f"{each.video} (nothing for {each.silent_s:.0f} s)" for each in longest[:3])
