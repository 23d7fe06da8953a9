"""One start of a run in a process that is forked, so that torch is loaded already, and what is done to it."""

import contextlib
import errno
import io
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawArray, RawValue
from pathlib import Path
from typing import Any

import torch

from endurance.made import MadeVideo
from pyvideoai import files
from pyvideoai.commands import ending
from pyvideoai.commands import train as train_command
from pyvideoai.data import source
from pyvideoai.engine import saving
from pyvideoai.engine.progress import Point
from pyvideoai.engine.training import Training
from pyvideoai.reporting import reporter

MOMENTS = ("opened", "half", "written", "flushed", "renamed")  # of a save, at which a process can be killed
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP)
HANGS_S = 300.0


@dataclass(frozen=True)
class Disturbance:
    """Say what happens to a start of a run: "nothing", "kill", "kill in a save", "signal" or "full disk".

    after_s: when it happens, after the first step. moment: of `MOMENTS`. number: the signal.
    """

    kind: str = "nothing"
    after_s: float = 0.0
    moment: str = ""
    number: int = signal.SIGKILL

    @classmethod
    def drawn(cls, rng: random.Random, kinds: Sequence[str], longest_s: float) -> "Disturbance":
        """Draw one: its kind from `kinds`, and when it happens."""
        after_s = rng.uniform(0, longest_s)
        return cls(rng.choice(kinds), after_s, rng.choice(MOMENTS), rng.choice(SIGNALS))


class Watched:
    """Share with a forked run how far it has come: the steps that it took and when, over all starts of one run."""

    def __init__(self, steps: int) -> None:
        self.began = RawValue("d", 0.0)  # when the first step of this start was over; 0 before
        self.entered = RawValue("d", 0.0)  # when this start began to train
        self.start = RawValue("i", -1)  # step at which this start went on, counted through all epochs
        self.reached = RawValue("i", 0)  # the last step that was taken
        self.times = RawArray("d", steps + 1)  # when each step was taken

    def lost(self, reached: int, entered: float, ended: float) -> tuple[int, float]:
        """Return steps and seconds of training that a kill has cost, now that the run has gone on.

        reached, entered, ended: of the start that was killed: its last step, when it began to train, when it died.
        """
        steps = max(reached - self.start.value, 0)
        return steps, ended - max(self.times[self.start.value], entered) if steps else 0.0


def run_disturbed(
    arguments: Sequence[str], disturbance: Disturbance, watched: Watched, log: Path, delay_s: float = 0.0
) -> tuple[int, float]:
    """Start `run_train` with `arguments` in a forked process; return its exit code and when it ended.

    delay_s: that opening a video takes.
    """
    MadeVideo.delay_s = delay_s
    watched.began.value, watched.start.value = 0.0, -1
    child = multiprocessing.get_context("fork").Process(target=_child, args=(arguments, disturbance, watched, log))
    child.start()
    if disturbance.kind in ("kill", "signal"):
        while not watched.began.value and child.is_alive():
            time.sleep(0.002)
        child.join(disturbance.after_s)
        if child.is_alive() and child.pid is not None:
            os.kill(child.pid, signal.SIGKILL if disturbance.kind == "kill" else disturbance.number)
    child.join(HANGS_S)
    ended = time.monotonic()
    if child.exitcode is None:
        child.kill()
        raise RuntimeError(f"{arguments} hangs after {disturbance}; see {log}")
    return child.exitcode, ended


def _child(arguments: Sequence[str], disturbance: Disturbance, watched: Watched, log: Path) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    print(f"--- {disturbance}", flush=True)
    _watch(watched, disturbance)
    sys.argv = ["run_train.py", *arguments]
    code = 1
    try:
        ending.run(train_command.main)
    except SystemExit as ended:
        code = int(ended.code or 0)
    sys.stdout.flush()
    os._exit(code)  # without what the parent registered for its own exit


def replace_parts() -> None:
    """Replace what opens videos and draws figures, in this process and those that it forks.

    The state is saved as often as is asked for, though such a small network makes that dear.
    """
    source.open_video, saving.DEAREST = MadeVideo, 1.0
    for name in ("draw_curves", "draw_clips", "draw_confusion"):
        setattr(reporter, name, lambda *given: None)


def warm_up(arguments: Sequence[str]) -> None:
    """Run once in this process, which loads all that a run loads, so that forked ones needn't."""
    with contextlib.redirect_stdout(io.StringIO()):
        train_command.main(arguments)


def _watch(watched: Watched, disturbance: Disturbance) -> None:
    """Note each step; prepare what the process does to itself."""
    pause, fit = Training.pause, Training.fit

    def noted_pause(training: Training, point: Point) -> None:
        if not point.batches:
            taken = training.progress.epoch * training.train_loader.steps + point.steps
            now = time.monotonic()
            watched.times[taken], watched.reached.value = now, taken
            if not watched.began.value:
                watched.began.value = now
                _prepare(disturbance, now + disturbance.after_s)
        pause(training, point)

    def noted_fit(training: Training) -> None:
        steps = training.point.steps if training.point.stage == "training" else training.train_loader.steps
        watched.entered.value = time.monotonic()
        watched.start.value = training.progress.epoch * training.train_loader.steps + steps
        fit(training)

    Training.pause, Training.fit = noted_pause, noted_fit  # type: ignore[method-assign]


def _prepare(disturbance: Disturbance, at: float) -> None:
    """Let the process kill itself within a save, or its disk be full, from the time `at` on."""
    if disturbance.kind == "kill in a save":
        _kill_in_a_save(disturbance.moment, at)
    if disturbance.kind == "full disk":
        _fill_disk(at)


def _kill_in_a_save(moment: str, at: float) -> None:
    save, flush, replace = torch.save, files._flush, Path.replace

    def die_if(here: str) -> None:
        if here == moment and time.monotonic() >= at:
            os.kill(os.getpid(), signal.SIGKILL)

    def saved(content: Any, path: Path) -> None:
        die_if("opened")
        save(content, path)
        if moment == "half" and time.monotonic() >= at:
            os.truncate(path, path.stat().st_size // 2)
        die_if("half")
        die_if("written")

    def flushed(path: Path) -> None:
        flush(path)
        die_if("flushed")

    def replaced(path: Path, target: Path) -> Path:
        made = replace(path, target)
        if str(target).endswith(".pth"):
            die_if("renamed")
        return made

    torch.save, files._flush, Path.replace = saved, flushed, replaced  # type: ignore[assignment, method-assign]


def _fill_disk(at: float) -> None:
    save = torch.save

    def saved(content: Any, path: Path) -> None:
        if time.monotonic() >= at:
            path.write_bytes(b"as much as there was room for")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        save(content, path)

    torch.save = saved  # type: ignore[assignment]
