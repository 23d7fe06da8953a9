"""Save the state within an epoch: when, and in which of two files, without holding up the training."""

import copy
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from pyvideoai.checkpoint import RESUME_FILES, resume_files, write_checkpoint
from pyvideoai.engine.progress import Point
from pyvideoai.faults import environment_fault

DEAREST = 0.01  # share of the time that saving may cost


class Saver:
    """Write the state to `resume_a.pth` and `resume_b.pth` in turn, so that one of them is whole at any moment.

    The state is copied to the host between two steps; a thread writes it, one at a time. `pause_s`, the time from one
    save to the next, grows until saving costs at most 1 % of it. A file that can't be written is reported,
    and the training goes on. every_s: the setting `save_every_s`. say: writes a line for people.
    """

    def __init__(
        self, folder: Path, every_s: float, *, say: Callable[[str], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder, self.every_s, self.pause_s = folder, every_s, every_s
        self.writing_s = 0.0  # how long the last file took to be written
        self._say, self._now = say, now
        self._last, self._said_s = now(), every_s
        self._file = 0
        self._thread: threading.Thread | None = None
        self._fault, self._costs_s = "", list[float]()
        self.point: Point | None = None  # at which the state was saved last

    def describe(self) -> str:
        """Return the console line on what a kill may lose."""
        if not self.every_s:
            return "the state within an epoch is saved at signals only (save_every_s = 0): a kill loses the epoch"
        return f"the state is saved every {self.every_s:g} s: a kill loses no more than that and a step"

    def resumed_from(self, path: Path) -> None:
        """Keep the file that the run goes on from until the other one is written."""
        self._file = 1 if path.name == RESUME_FILES[0] else 0

    def whole_epoch(self) -> None:
        """Wait for the last state, and begin to count anew: a checkpoint is written now."""
        self.wait()
        self._last = self._now()

    @property
    def is_due(self) -> bool:
        """Return whether it is time to save; never while the state before is still being written."""
        if not self.every_s or self._now() - self._last < self.pause_s:
            return False
        return self._thread is None or not self._thread.is_alive()

    def save(self, content: Callable[[], dict[str, Any]], point: Point) -> None:
        """Copy what `content` returns, the state at `point`, and let a thread write it."""
        self.wait()
        started = self._now()
        state = on_host(content())
        copying_s = self._now() - started
        path = self.folder / RESUME_FILES[self._file]
        # Not a daemon: when an error ends the run, Python waits until the file is whole.
        self._thread = threading.Thread(target=self._write, args=(path, state, copying_s), name="saving")
        self._last, self.point = started, point
        self._thread.start()

    def wait(self) -> None:
        """Wait until the last state is written, or say why it couldn't be."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._say_what_happened()

    def has_saved(self) -> bool:
        """Wait; return whether the last state is on the disk."""
        if self._thread is not None:
            self._thread.join()
        is_saved = not self._fault
        self.wait()
        return is_saved

    def remove(self) -> None:
        """Remove both files: the run has finished."""
        self.wait()
        for path in resume_files(self.folder):
            path.unlink()

    def _write(self, path: Path, state: dict[str, Any], copying_s: float) -> None:
        # thread_time: while this thread waits for the disk, the training goes on.
        started, processor_s = self._now(), time.thread_time()
        try:
            if not _is_finite(state["model"]):
                raise ValueError("the weights are not finite numbers, and the state before them stands")
            write_checkpoint(path, state)
            # Not after a failure: the other file is the last whole state.
            self._file = 1 - self._file
        except Exception as error:
            self._fault = f"{path} could not be written: {environment_fault(error) or error}"
        self.writing_s = self._now() - started
        self._costs_s = [*self._costs_s, copying_s + time.thread_time() - processor_s][-3:]
        # The state on the disk is as old as the time since its copy was made: pause and writing together. The least
        # of three costs counts: a machine that is busy with something else makes one save or another look dear.
        self.pause_s = max(self.every_s - self.writing_s, min(self._costs_s) / DEAREST, 0.0)

    def _say_what_happened(self) -> None:
        if self._fault:
            self._say(f"WARNING: {self._fault}; the training goes on, and it is tried again")
            self._fault = ""
        lost_s = self.pause_s + self.writing_s
        if self.every_s and lost_s > 1.5 * self._said_s:
            self._said_s = lost_s
            self._say(
                f"the state is saved every {lost_s:.0f} s from now on, not every {self.every_s:g}, so that "
                f"saving costs less than {DEAREST:.0%} of the time: a kill loses no more than that and a step"
            )


def on_host(value: Any) -> Any:
    """Return a copy of a nested state, with its tensors on the host."""
    if isinstance(value, torch.Tensor):
        # copy: on a CPU, `to` alone returns the very tensor that training goes on to change.
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        copied = copy.copy(value)  # a module's state is a dict with versions as an attribute, which stay
        for name, each in value.items():
            copied[name] = on_host(each)
        return copied
    if isinstance(value, list | tuple):
        return type(value)(on_host(each) for each in value)
    return value


def _is_finite(model: dict[str, Any]) -> bool:
    tensors = (each for each in model.values() if torch.is_tensor(each) and each.is_floating_point())
    return all(bool(each.isfinite().all()) for each in tensors)
