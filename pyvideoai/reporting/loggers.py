"""Loggers: where a run is reported to while it runs. TensorBoard is one; a config can define its own.

class Wandb(Logger):
    def epoch(self, row):
        wandb.log(row)

Loggers run in the main process only and control nothing. The first failure of a logger is reported; the run goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pyvideoai.config.run.guard import Guard
from pyvideoai.errors import UserError, explain, nearest
from pyvideoai.plain import text_of
from pyvideoai.redacted import redacted

Row = Mapping[str, float]
EVENTS = ("start", "resume", "step", "epoch", "flush", "picture", "distribution", "test", "end", "fail")


@dataclass(frozen=True)
class StartedRun:
    """Describe a run to a logger.

    names: of its `dataset`, `model` and `experiment`. settings: every setting by the name that `--set` takes, as
    numbers, text, lists and dicts; other values as the text that --print-config shows. classes: in label order.
    command: as it was typed. resumed: whether the run continues an earlier one; its folder is then the same as before.
    """

    folder: Path
    names: dict[str, str]
    settings: dict[str, Any]
    classes: list[str]
    steps_per_epoch: int
    resumed: bool = False
    command: str = ""


class Logger:
    """Receive the reports of a run. Define the methods that you need; each is optional.

    A config runs in every process and with --check too: open files and connections in `start`, not in `__init__`.
    A method that is called almost like one of these would never be called: that is refused, unless it is underscored.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in (name for name in vars(cls) if name[0] != "_" and name not in EVENTS):
            if callable(vars(cls)[name]) and (near := nearest(name.removeprefix("on_"), EVENTS, 1)):
                told = (
                    f"the logger {cls.__name__} has a method {name!r}, which nothing calls; did you mean {near[0]!r}?"
                )
                raise UserError(f"{told} Methods of your own begin with an underscore")

    def start(self, run: StartedRun) -> None:
        """Begin: the folder exists, the network is built, nothing is trained yet."""

    def resume(self, history: list[dict[str, float]], steps: int) -> None:
        """Continue `steps` steps after the last row of `history`, which has a row for each finished epoch; discard
        later reports.

        Called after `start` if a run is resumed.
        """

    def step(self, number: int, values: Row) -> None:
        """Log the mean values of the recent steps: "loss", "learning_rate", ...

        `number` counts from 1 through all epochs.
        """

    def epoch(self, row: Row) -> None:
        """Log an epoch: "epoch", which counts from 1, "train/loss", "val/top1", ..."""

    def flush(self) -> None:
        """Write what was reported so far: the state of the run is saved next, and no earlier report comes again."""

    def picture(self, name: str, epoch: int, pixels: np.ndarray) -> None:
        """Log a picture, uint8 (H, W, 3): "first_batch", "val_samples", "confusion_best", ..."""

    def distribution(self, name: str, epoch: int, values: np.ndarray) -> None:
        """Log numbers of which there is one for each class, such as "val/recall" in percent; NaN is left out."""

    def test(self, which: str, epoch: int, values: Row) -> None:
        """Log the final scores of the "last" or "best" weights, saved after `epoch`: "test/top1", ..."""

    def end(self) -> None:
        """Finish: the run is complete."""

    def fail(self, reason: str) -> None:
        """Finish: a signal stopped the run, or it failed; `reason` is one line."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Loggers:
    """Report to an experiment's loggers, one after the other. guard: names their code in errors."""

    def __init__(self, loggers: Sequence[Logger], guard: Guard | None, say: Callable[[str], None]) -> None:
        self._loggers, self._guard, self._say = loggers, guard, say
        self._running: list[int] = []  # places in the list: a logger need not be hashable
        self._failures = [0] * len(loggers)

    def start(self, run: StartedRun) -> None:
        """Start all loggers; one that can't start is left out from then on."""
        self._running = [place for place in range(len(self._loggers)) if self._call(place, "start", run)]

    def tell(self, event: str, *arguments: Any) -> None:
        """Call the method `event` of each logger.

        One that failed is called again next time: a network may come back.
        """
        for place in self._running:
            self._call(place, event, *arguments)

    def finish(self, event: str, *arguments: Any) -> None:
        """Call `end` or `fail`, and report how often loggers failed; no logger is called afterwards."""
        self.tell(event, *arguments)
        for logger, count in zip(self._loggers, self._failures, strict=True):
            if count > 1:
                self._say(f"WARNING: the logger {type(logger).__name__} failed {count} times in this run")
        self._running = []

    def _call(self, place: int, event: str, *arguments: Any) -> bool:
        """Call a logger; return whether it worked.

        It gets copies, so that what it takes out of a row stays for the others.
        """
        logger = self._loggers[place]
        name = f"the logger {type(logger).__name__}, in {event}(...),"
        try:
            run = self._guard.run if self._guard else _run
            run(getattr(logger, event), *deepcopy(arguments), doing=name)
        except Exception as error:
            if not self._failures[place]:
                explain(error)
                told = str(error) if name in str(error) else f"{name} raised {type(error).__name__}: {error}"
                self._say(f"WARNING: {' '.join(told.split())}; the run goes on")
            self._failures[place] += 1
            return False
        return True


def _run(function: Callable[..., None], *arguments: Any, doing: str) -> None:
    function(*arguments)


def plain_value(value: Any) -> Any:
    """Turn a setting's value into numbers, text, lists and dicts; anything else into its text."""
    if isinstance(value, str | Path):
        return redacted(str(value))
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [plain_value(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain_value(each) for key, each in value.items()}
    return redacted(text_of(value))
