"""Threads that end before Python does.

Python ends the threads that still run when it does. One that is inside torch's C++ at that moment takes the process
with it: "terminate called without an active exception", exit code 134, though all work was done.
"""

import atexit
import threading
from collections.abc import Callable

PATIENCE_S = 5.0  # at Python's end; a thread that is longer about one thing waits in C, for a camera perhaps


class Helper:
    """Run `work(stop)` in a thread of its own. It returns soon after the event `stop` is set, at Python's end at the
    latest.
    """

    def __init__(self, work: Callable[[threading.Event], None], name: str) -> None:
        self.stop = threading.Event()
        self._thread = threading.Thread(target=work, args=(self.stop,), name=name, daemon=True)
        self._thread.start()
        atexit.register(self._end_with_python)

    def end(self, patience_s: float | None = None) -> None:
        """Ask the thread to end and wait for it, for ever without `patience_s`."""
        atexit.unregister(self._end_with_python)
        self.stop.set()
        if threading.current_thread() is not self._thread:  # a collector of garbage may call this from any thread
            self._thread.join(patience_s)

    def _end_with_python(self) -> None:
        self.end(PATIENCE_S)
