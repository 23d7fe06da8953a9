"""Answer signals: at once while a run starts, between two steps while it trains.

SIGTERM comes from schedulers and torchrun, SIGINT from Ctrl-C, SIGHUP from a terminal that closes, SIGUSR1 and SIGUSR2
from schedulers that warn before the time limit (SLURM: --signal=USR1@60).
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2")
ANSWERED = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
SAME_S = 2.0  # a scheduler and torchrun both send a signal to a process of their job: in this time it counts once


class Stopped(BaseException):
    """A signal asked the program to end. Like KeyboardInterrupt it passes by `except Exception`.

    is_saved: whether the state at that moment is on the disk, where there is one.
    """

    is_saved = True

    def __init__(self, number: int, doing: str = "") -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}{doing and f' {doing}'}")
        self.exit_code = 128 + number


class Signals:
    """Turn the first signal into `Stopped`, and end the process at once at the second one.

    As a context it installs its handlers; a signal that was ignored before, as by nohup, stays so. Without that it is
    never asked.
    """

    def __init__(self) -> None:
        self.number = 0
        self._waits = False
        self._came = 0.0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():  # Python allows handlers only there
            usual = [number for number in ANSWERED if signal.getsignal(number) not in (signal.SIG_IGN, None)]
            self._before = {number: signal.signal(number, self._answer) for number in usual}
        return self

    def __exit__(self, *raised: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    @property
    def asked(self) -> bool:
        """Return whether a signal came that was not answered yet."""
        return bool(self.number)

    @contextmanager
    def waiting(self, wait: bool = True) -> Iterator[None]:
        """Inside the block, a signal only sets `asked`: the code asks for it where its state is whole.

        wait: False raises `Stopped` at once, also for a signal that has come already.
        """
        before, self._waits = self._waits, wait
        try:
            if self.asked and not wait:
                raise self.stopped()
            yield
        finally:
            self._waits = before

    def stopped(self, doing: str = "") -> Stopped:
        """Return what to raise. Processes that got no signal themselves stop as by SIGTERM."""
        return Stopped(self.number or signal.SIGTERM, doing)

    def _answer(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            if time.monotonic() - self._came > SAME_S:
                _end(number)
            return
        self.number, self._came = number, time.monotonic()
        if not self._waits:
            raise self.stopped()


def _end(number: int) -> None:
    """End this process and its children now. Files are whole at any moment; `files.sweep` removes what is half."""
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(128 + number)
