"""Load batches although a video hangs its decoder or crashes it: the worker is ended, and loading goes on without it.

A worker can't be trusted to end itself, since libav may hang in C code. The parent looks at what workers read
(`watching`), kills one whose decoder gives nothing any more, and makes the lost batches again. The video then counts as
one that can't be decoded, so that a run has the same draws as if the file were merely broken.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing.connection import wait
from typing import Any

from torch.utils.data import DataLoader

from pyvideoai.data.watching import Watch
from pyvideoai.errors import UserError
from pyvideoai.threads import Helper

CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL}  # what a bug in a decoder ends with
NOTICED = (RuntimeError, OSError, EOFError)  # the second and third: a batch that a worker had ready died with it
LOOK_PERIOD_S = 1.0  # a hung worker is found this much later at most
DYING_S = 2.0  # for a worker that has closed its connections to get its exit code


class WorkerLost(UserError):
    """A data-loading worker died, and not of a video."""


class Rest:
    """Give the batches of a sampler from number `first` on."""

    def __init__(self, batches: Any) -> None:
        self.batches, self.first = batches, 0

    def __len__(self) -> int:
        return len(self.batches) - self.first

    def __iter__(self) -> Iterator[Any]:
        return islice(iter(self.batches), self.first, None)


class Supervised:
    """Iterate over a DataLoader whose workers may hang or crash.

    make: makes a DataLoader of the given batches, with new workers. timeout_s: how long a decoder may give nothing.
    """

    def __init__(
        self, make: Callable[[Rest], DataLoader], batches: Iterable[Any], watch: Watch, *, timeout_s: float
    ) -> None:
        self.watch, self.timeout_s = watch, timeout_s
        self._make, self._rest = make, Rest(batches)
        self._workers: list[Any] = []
        self._hung: set[int] = set()
        self.loader: DataLoader = make(self._rest)

    def of(self, batches: Sequence[Any]) -> Iterator[Any]:
        """Yield other batches of the same data, from workers of their own."""
        if batches:
            yield from Supervised(self._make, batches, self.watch, timeout_s=self.timeout_s)

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches. Raises WorkerLost if a worker dies for a reason that no video is known for."""
        self._rest.first, given = 0, 0
        while True:
            with self._watching():
                try:
                    for batch in self._started():
                        # Counted before it is handed on: after a loss, loading begins with the next one.
                        given += 1
                        yield batch
                except NOTICED:
                    if not (dead := self._dead()):
                        raise
                    self._give_up(dead)
                else:
                    self._rest.first = 0
                    return
            self._start_anew(given)

    def _started(self) -> Iterator[Any]:
        """Return the loader's iterator; its workers run from now on.

        torch's handler of SIGCHLD would raise the death of a worker wherever the main thread is, such as in the middle
        of a training step. Without it, the death is noticed where the batch is awaited.
        """
        handler = signal.getsignal(signal.SIGCHLD)
        iterator = iter(self.loader)
        # torch's own list: multiprocessing forgets children that have died already
        self._workers = getattr(iterator, "_workers", [])
        if self.loader.num_workers and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGCHLD, handler)
        return iterator

    def _dead(self) -> list[Any]:
        """Return the workers that died. One that has only just died is waited for: its connections close first."""
        ending = wait([each.sentinel for each in self._workers], DYING_S)
        for worker in self._workers:
            if worker.sentinel in ending:
                worker.join(DYING_S)
        return [each for each in self._workers if each.exitcode not in (None, 0)]

    def _start_anew(self, given: int) -> None:
        """Make a loader with new workers, which know what was given up, for the batches that were not given yet."""
        del self.loader  # its workers end here
        self.watch.clear()
        self._workers, self._hung = [], set()
        self._rest.first = given
        self.loader = self._make(self._rest)

    def _give_up(self, dead: list[Any]) -> None:
        """Give up the videos that ended workers. Raises WorkerLost if it was none."""
        for worker in dead:
            # multiprocessing gives the signal that ended a process as a negative exit code.
            video, number = self.watch.of_process(worker.pid), -worker.exitcode
            if number == signal.SIGKILL and worker.pid in self._hung and video is not None:
                told = f"its decoder gave nothing for {self.timeout_s:g} s (video_timeout_s)"
            elif number in CRASHES and video is not None:
                told = f"it crashed its decoder ({signal.Signals(number).name})"
            else:
                raise WorkerLost(_lost(number, video, self.loader.num_workers)) from None
            self.watch.given_up[video] = told

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Look after the workers from another thread while the block runs."""
        if not self.loader.num_workers:
            yield
            return
        watcher = Helper(self._look, "watching")
        try:
            yield
        finally:
            watcher.end()

    def _look(self, stop: threading.Event) -> None:
        while not stop.wait(min(LOOK_PERIOD_S, self.timeout_s / 4)):
            for each in self.watch.now():
                if each.silent_s > self.timeout_s and each.pid not in self._hung:
                    # Noted first: `_give_up` must not take our own SIGKILL for that of the system, which is out of
                    # memory.
                    self._hung.add(each.pid)
                    with suppress(ProcessLookupError):
                        # Python answers other signals only between two of its instructions, where a decoder that hangs
                        # in C never comes.
                        os.kill(each.pid, signal.SIGKILL)


def _lost(number: int, video: str | None, workers: int) -> str:
    """Return the line for a worker that ended by a signal, or with an exit code (`number` below 0)."""
    reading = f" while it read {video}" if video else ""
    if number == signal.SIGKILL:
        told = f"was killed{reading}, mostly by the system because memory ran out; lower workers (now {workers}), "
        return f"a data-loading worker {told}clips_per_device or eval_clips_per_device"
    if number == signal.SIGBUS:
        told = f"died of SIGBUS{reading}: shared memory (/dev/shm) is full; lower workers (now {workers}) or "
        return f"a data-loading worker {told}clips_per_device, or give the container more (docker run --shm-size=8g)"
    ended = f"died of {signal.Signals(number).name}" if number > 0 else f"ended with exit code {-number}"
    return f"a data-loading worker {ended}{reading}; --workers 0 shows what happens in it"
