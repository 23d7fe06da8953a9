"""Let the contestants take turns: each waits in its process while another one works."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.step.spec import Spec
from pyvideoai.errors import UserError

TOOLS = Path(__file__).resolve().parents[2]
WARM_UP = 2


@dataclass(frozen=True)
class Turn:
    """Some steps of one contestant. what: "train" or "evaluate". seconds, processor_seconds: of one step, or of one
    test video. megabytes: the most memory that the contestant had until then.
    """

    contestant: str
    what: str
    round: int
    seconds: float
    processor_seconds: float
    megabytes: float


@dataclass(frozen=True)
class Found:
    """turns: of everybody. flops: by contestant those of "train" and "evaluate", and "peak", those a second of a large
    matrix product. way: how ours and the bare loop compute, in words.
    """

    turns: list[Turn]
    flops: dict[str, dict[str, float]]
    device: str
    way: str


class Process:
    """Talk to one contestant, line by line."""

    def __init__(self, spec: Spec, stack: ExitStack) -> None:
        command = [sys.executable, "-m", "benchmark.step.process", spec.to_json()]
        self.name = spec.name
        self.running = stack.enter_context(
            subprocess.Popen(command, cwd=TOOLS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(self.running.kill)

    def answer(self) -> dict[str, Any]:
        """Return the next answer. Raises UserError if there is an error in it, or none at all."""
        assert self.running.stdout is not None
        line = self.running.stdout.readline()
        if not line:
            raise UserError(f"{self.name} ended with exit code {self.running.wait()}; its own words are above")
        answer = json.loads(line)
        if "error" in answer:
            raise UserError(answer["error"])
        return answer

    def ask(self, what: str, count: int = 1, path: Path | str = "") -> dict[str, Any]:
        """Let the contestant do something; return its answer."""
        assert self.running.stdin is not None
        print(what, count, path, file=self.running.stdin, flush=True)
        return self.answer()


def measure(
    specs: Sequence[Spec], kinds: Sequence[str], *, rounds: int, steps: int, done: Callable[[], object]
) -> Found:
    """Measure every contestant in every round; `done` is called after each turn. Raises UserError.

    Who goes first changes from round to round, so that a machine whose speed wavers does it to all of them.
    """
    with ExitStack() as stack:
        contestants, how, device = _built(specs, stack)
        for each in contestants:
            for kind in kinds:
                each.ask(kind, WARM_UP)
        turns = []
        for number in range(rounds):
            first = number % len(contestants)
            for each in contestants[first:] + contestants[:first]:
                for kind in kinds:
                    turns.append(Turn(each.name, kind, number, **each.ask(kind, steps)))
                    done()
        return Found(turns, {each.name: each.ask("flops") for each in contestants}, device, how)


def profile(spec: Spec, steps: int, trace: Path) -> list[dict[str, Any]]:
    """Write a Chrome trace of some training steps of one contestant; return its top operators. Raises UserError."""
    with ExitStack() as stack:
        contestants, _, _ = _built([spec], stack)
        contestants[0].ask("train", WARM_UP)
        return contestants[0].ask("profile", steps, trace.resolve())["operators"]


def _built(specs: Sequence[Spec], stack: ExitStack) -> tuple[list[Process], str, str]:
    """Return the contestants once their networks are there, how the first one computes, and its device.

    The first is alone while it may time ways to compute, and the others are told which one it chose.
    """
    first = Process(specs[0], stack)
    answer = first.answer()
    others = [Process(replace(spec, way=tuple(answer["way"])), stack) for spec in specs[1:]]
    for each in others:
        each.answer()
    return [first, *others], answer["how"], answer["device"]
