"""A run that is disturbed until it ends, and must then be the run that nothing disturbed."""

import csv
import math
import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from endurance.disturbed import Disturbance, Watched, run_disturbed
from endurance.made import CHOICE, TIMINGS, assert_same
from pyvideoai.checkpoint import newest_readable, resume_files

KILLS = ("kill", "kill", "kill", "kill", "kill in a save")
DELAY_S = 0.01  # that opening a video takes: a step of 4 takes 40 ms, and hardly any of the processor
ALL = (*KILLS, "signal", "signal", "full disk")


@dataclass
class Figures:
    """Count what was done to runs and what it cost them."""

    runs: int = 0
    disturbed: Counter[str] = field(default_factory=Counter)
    damaged: int = 0
    lost_steps: list[int] = field(default_factory=list)
    lost_s: list[float] = field(default_factory=list)

    def __add__(self, other: "Figures") -> "Figures":
        names = [each.name for each in fields(self)]
        return Figures(*(getattr(self, name) + getattr(other, name) for name in names))

    def text(self) -> str:
        """Return the figures in a line."""
        kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(self.disturbed.items()))
        told = f"{self.runs} runs equal to the undisturbed ones, bit for bit; {kinds}"
        if self.damaged:
            told += f"; {self.damaged} newest states damaged"
        if self.lost_s:
            told += f"; of {len(self.lost_s)} kills one lost {self._lost(0.5):.2f} s (median)"
            told += (
                f", {self._lost(0.99):.2f} s (99th percentile), {self._lost(1):.2f} s and {max(self.lost_steps)} steps"
            )
            told += " at most"
        return told

    def _lost(self, share: float) -> float:
        """Return the least number of seconds that this share of the kills lost no more than."""
        return sorted(self.lost_s)[max(math.ceil(share * len(self.lost_s)) - 1, 0)]


@dataclass
class Chain:
    """Disturb one run in `folder`, a workplace of `made.lay_out`, until it ends."""

    folder: Path
    seed: int
    kinds: Sequence[str] = ALL
    epochs: int = 15
    steps: int = 20  # of an epoch
    save_every_s: float = 1.0
    longest_s: float = 2.0
    damage_share: float = 0.1

    @property
    def options(self) -> list[str]:
        settings = {"save_every_s": self.save_every_s, "loggers": "[]", "num_epochs": self.epochs, "seed": self.seed}
        return [*CHOICE, *(each for name, value in settings.items() for each in ("--set", f"{name}={value}"))]

    def run(self, figures: Figures, most: int, until: float = math.inf) -> None:
        """Run undisturbed, then disturbed at most `most` times and until that (monotonic) time; compare.

        Raises AssertionError if the runs differ, or end as they should not.
        """
        rng, watched = random.Random(self.seed), Watched(self.epochs * self.steps)
        log = self.folder / f"run_{self.seed}.log"
        whole, parts = (self.folder / f"{name}_{self.seed}" for name in ("whole", "parts"))
        code, _ = run_disturbed([*self.options, "-R", str(whole)], Disturbance(), watched, log)
        assert code == 0, f"the undisturbed run ended with {code}; see {log}"
        options, done, damaged, last = [*self.options, "-R", str(parts)], 0, False, ""
        reached, entered, ended = 0, 0.0, 0.0
        watched.reached.value = 0
        while True:
            disturbance = Disturbance()
            if done < most and time.monotonic() < until:
                disturbance = Disturbance.drawn(rng, self.kinds, self.longest_s)
            version = next(parts.rglob("version_*"), None)
            resumed = ["-l", "last"] if version else []
            code, now = run_disturbed([*options, *resumed], disturbance, watched, log, DELAY_S)
            if last.startswith("kill") and watched.start.value >= 0 and not damaged:
                steps, seconds = watched.lost(reached, entered, ended)
                figures.lost_steps.append(steps)
                figures.lost_s.append(seconds)
            reached, entered, ended = watched.reached.value, watched.entered.value, now
            if code == 0:
                break
            assert code in _codes(disturbance), f"{disturbance} ended with {code}; see {log}"
            figures.disturbed[disturbance.kind] += 1
            done, last = done + 1, disturbance.kind
            damaged = rng.random() < self.damage_share and self._damage(rng, parts)
            figures.damaged += damaged
        compare(whole, parts)
        figures.runs += 1

    def _damage(self, rng: random.Random, parts: Path) -> bool:
        """Truncate the newest state, empty it, or flip one of its bits; return whether there was one."""
        weights = next(parts.rglob("weights"), None)
        newest = newest_readable(weights)[0] if weights else None
        if weights is None or newest not in resume_files(weights):
            return False
        size = newest.stat().st_size
        match rng.randrange(3):
            case 0:
                os.truncate(newest, rng.randrange(size))
            case 1:
                os.truncate(newest, 0)
            case 2:
                content = bytearray(newest.read_bytes())
                content[rng.randrange(size // 4, size // 2)] ^= 1 << rng.randrange(8)
                newest.write_bytes(content)
        return True


def compare(whole: Path, parts: Path) -> None:
    """Raise AssertionError unless the runs below two folders have ended the same, and nothing is left behind."""
    ours, theirs = (next(each.rglob("version_000")) for each in (parts, whole))
    assert len(list(parts.rglob("version_*"))) == 1, f"more than one version in {parts}"
    assert_same(_end(ours), _end(theirs))
    left = [path.name for path in ours.rglob("*") if "resume" in path.name or path.name.endswith(".tmp")]
    assert not left, f"left behind: {left}"


def _codes(disturbance: Disturbance) -> tuple[int, ...]:
    return {
        "kill": (-9,),
        "kill in a save": (-9,),
        "signal": (128 + disturbance.number,),
        "full disk": (2,),
    }.get(disturbance.kind, ())


def _end(version: Path) -> dict[str, Any]:
    """Return weights, optimiser, schedule and summary.csv of a finished run, without timings."""
    state = torch.load(version / "weights" / "last.pth", weights_only=True)
    history = state["progress"].pop("history")
    state["history"] = [{name: row[name] for name in row if name not in TIMINGS} for row in history]
    with (version / "summary.csv").open(newline="") as file:
        rows = [{name: row[name] for name in row if name not in TIMINGS} for row in csv.DictReader(file)]
    return {**state, "summary": rows}
