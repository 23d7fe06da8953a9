"""Write TensorBoard: one run per split with the same tags, so that the curves of train and val overlay.

    tensorboard/train, val, val_multicrop     by epoch: epoch/loss, epoch/top1, ..., speed/clips_per_s, ...
    tensorboard/train_steps                   by optimiser step: step/loss, step/gradient_norm, ...
    tensorboard/test_last, test_best          one point each, at the epoch of the weights
    tensorboard/settings                      configuration and command as text, HParams with the final scores, pictures

A run counts in epochs or in steps, never in both, and has no step twice: resuming removes everything after the step at
which it resumes.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from pyvideoai.annotations.names import in_one_line
from pyvideoai.reporting.loggers import Logger, Row, StartedRun

SPEED = ("clips_per_s", "data_wait_share", "runtime_s", "memory_gb")


class TensorBoard(Logger):
    """Write the event files below `folder`."""

    def start(self, run: StartedRun) -> None:
        """Forget an earlier run; files are made when there is something to write."""
        from torch.utils.tensorboard import SummaryWriter  # here, not within an epoch: its speed is measured

        self._folder, self._new_writer = Path(run.folder, "tensorboard"), SummaryWriter
        self._writers: dict[str, SummaryWriter] = {}
        self._failed: set[str] = set()
        threading.excepthook = _silent_writers(threading.excepthook)
        self._steps_per_epoch, self._first_epoch, self._first_step = run.steps_per_epoch, None, None
        self._settings, self._final = hyperparameters(run), dict[str, float]()
        self._waiting: list[tuple[str, str, tuple, dict[str, str]]] = []
        if not run.resumed:
            self._text("command", f"`{in_one_line(run.command)}`")
            self._text("configuration", table_of(self._settings))

    def epoch(self, row: Row) -> None:
        """Add the values of an epoch and flush them to disk."""
        self._write_waiting()
        for run, values in by_run(row).items():
            self._add(run, values, int(row["epoch"]), self._first_epoch)
        self.flush()

    def flush(self) -> None:
        """Write what was added so far."""
        for run in list(self._writers):
            self._flush(run)

    def step(self, number: int, values: Row) -> None:
        """Add the values of a step, which counts from 1 through all epochs."""
        self._add("train_steps", {f"step/{name}": value for name, value in values.items()}, number, self._first_step)

    def resume(self, history: list[dict[str, float]], steps: int) -> None:
        """Continue `steps` steps after the last epoch of `history`, or after the start.

        That epoch is removed with all that follows it, then added again: the earlier process may have died before it
        had written it. Steps before are there: `flush` comes before every save.
        """
        self._first_epoch = int(history[-1]["epoch"]) if history else 0
        self._first_step = self._first_epoch * self._steps_per_epoch + steps + 1
        if history:
            self.epoch(history[-1])

    def test(self, which: str, epoch: int, values: Row) -> None:
        """Add the scores of the "last" or "best" weights, named such as "test/top1", at their epoch."""
        for run, tags in by_run({**values, "epoch": epoch}).items():
            self._add(f"{run}_{which}", tags, epoch, epoch)
            self._flush(f"{run}_{which}")

        self._final |= {f"final/{name} ({which})": value for name, value in values.items()}

    def picture(self, name: str, epoch: int, pixels: np.ndarray) -> None:
        """Add a picture at its epoch, once the epoch is reported."""
        self._waiting.append(("settings", "add_image", (in_one_line(name), pixels, epoch), {"dataformats": "HWC"}))

    def distribution(self, name: str, epoch: int, values: np.ndarray) -> None:
        """Add a histogram over the classes at its epoch, once the epoch is reported."""
        run, _, tag = name.partition("/")
        known = values[np.isfinite(values)]
        if len(known):
            self._waiting.append((run, "add_histogram", (f"classes/{tag}", known, epoch), {}))

    def end(self) -> None:
        """Add the settings with the final scores, so that TensorBoard's HParams compares runs, and close the files."""
        self._write_waiting()
        if self._final:
            self._compare()
        self.fail("")

    def fail(self, reason: str) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _write_waiting(self) -> None:
        """Write what came during an epoch: its checkpoint is saved by now, so that a resume doesn't bring it again."""
        waiting, self._waiting = self._waiting, []
        for run, method, arguments, options in waiting:
            getattr(self._writer(run, self._first_epoch), method)(*arguments, **options)

    def _compare(self) -> None:
        from torch.utils.tensorboard.summary import hparams

        writer = self._writer("settings", self._first_epoch)
        # `add_hparams` would write the same into one more run, whose name is the time.
        for part in hparams(self._settings, self._final):
            writer.file_writer.add_summary(part)
        # HParams takes the values from curves of these names.
        for tag, value in self._final.items():
            writer.add_scalar(in_one_line(tag), value, 0)

    def _text(self, name: str, text: str) -> None:
        self._writer("settings", None).add_text(name, text, 0)

    def _add(self, run: str, values: Mapping[str, float], step: int, first_step: int | None) -> None:
        """Add values to a run. The first call for a run removes its steps from `first_step` on."""
        writer = self._writer(run, step if run in self._failed else first_step)
        try:
            for tag, value in values.items():
                writer.add_scalar(in_one_line(tag), value, step)
        except OSError:
            self._forget(run)
            raise

    def _writer(self, run: str, first_step: int | None) -> Any:
        if run not in self._writers:
            self._writers[run] = self._new_writer(self._folder / run, purge_step=first_step)
        return self._writers[run]

    def _flush(self, run: str) -> None:
        try:
            self._writers[run].flush()
        except OSError:
            self._forget(run)
            raise

    def _forget(self, run: str) -> None:
        """Drop a writer whose disk failed: it never writes again, and the next value begins a new file."""
        self._failed.add(run)
        writer = self._writers.pop(run)
        with suppress(OSError):
            writer.close()


def by_run(row: Row) -> dict[str, dict[str, float]]:
    """Group values by run and tag: "val/top1" is epoch/top1 of run val. A value without a split goes to run train."""
    runs: dict[str, dict[str, float]] = {}
    for name, value in row.items():
        split, _, metric = name.rpartition("/")
        group = "speed" if name in SPEED else "epoch"
        if name != "epoch":
            runs.setdefault(split or "train", {})[f"{group}/{metric}"] = value
    return runs


def hyperparameters(run: StartedRun) -> dict[str, bool | int | float | str]:
    """Return a run's names and settings for TensorBoard, which takes only numbers and text."""
    plain = {**run.names, **run.settings}
    return {name: value if isinstance(value, bool | int | float | str) else str(value) for name, value in plain.items()}


def table_of(settings: Mapping[str, object]) -> str:
    """Return settings as a table in Markdown."""
    cells = (f"| {name} | `{in_one_line(str(value)).replace('|', ' ')}` |" for name, value in settings.items())
    return "\n".join(["| setting | value |", "|---|---|", *cells])


def _silent_writers(hook: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return an excepthook for threads that leaves out TensorBoard's: the next call raises what ended its thread."""

    def tell(what: Any) -> None:
        if type(what.thread).__name__ != "_AsyncWriterThread":
            hook(what)

    return tell
