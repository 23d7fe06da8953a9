"""Let contestants do the same jobs in turns, and note the processor time that each takes.

Turns follow each other per file and change order from round to round, so that a machine whose speed wavers does it to
all of them; what is compared is the time within a round.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from typing import Protocol as Interface

import numpy as np
import torch

from benchmark.loader.protocol import Job, Protocol
from benchmark.loader.stopwatch import DEVICE, STAGES, TRANSFER, Stopwatch
from pyvideoai.data.cuts import Cuts
from pyvideoai.errors import UserError


class Contestant(Interface):
    """Somebody who can do a job. `name` is what tables call it."""

    name: str

    def prepare(self, protocol: Protocol, job: Job) -> Callable[[Stopwatch], Any]:
        """Do what is timed, and note the stages open, decode and pixels. Raises VideoError."""
        ...


@dataclass(frozen=True)
class Turn:
    """One job, done once by one contestant. items: how many of `unit` it gave. failure: why there are no seconds.

    seconds: of processor time by stage. transfer and device, which depend on who takes the clip, aren't part of the
    total.
    """

    protocol: str
    group: str
    contestant: str
    video: str
    round: int
    unit: str
    items: int
    seconds: dict[str, float] = field(default_factory=dict)
    failure: str = ""

    @property
    def total(self) -> float:
        return sum(self.seconds.get(stage, 0.0) for stage in STAGES)


def take_turns(
    contestants: Sequence[Contestant], protocol: Protocol, rounds: Sequence[Sequence[Job]]
) -> Iterator[Turn]:
    """Let every contestant do every job of every round. The first video is done once before, which doesn't count."""
    for contestant in contestants:
        _turn(contestant, protocol, rounds[0][0], 0)
    for number, jobs in enumerate(rounds):
        for place, job in enumerate(jobs):
            first = (number + place) % len(contestants)
            for contestant in itertools.chain(contestants[first:], contestants[:first]):
                yield _turn(contestant, protocol, job, number)


def _turn(contestant: Contestant, protocol: Protocol, job: Job, number: int) -> Turn:
    about = (protocol.name, job.group, contestant.name, job.video, number, protocol.unit, _items(protocol, job))
    try:
        work = contestant.prepare(protocol, job)
        watch = Stopwatch()
        _hand_over(work(watch), watch)
    except (UserError, *FAILURES) as error:
        return Turn(*about, failure=str(error).splitlines()[0])
    return Turn(*about, seconds=dict(watch.seconds))


def _items(protocol: Protocol, job: Job) -> int:
    return 1 if protocol.views else len(job.indices)


def _hand_over(results: object, watch: Stopwatch) -> None:
    """Do what a worker does to give pixels to the process that trains, and that to a GPU, if there is one."""
    if isinstance(results, Cuts):
        results.memory.share_memory_()
        watch.lap(TRANSFER)
        results.to("cuda" if torch.cuda.is_available() else "cpu")
        watch.lap(DEVICE)
        return
    for result in results if isinstance(results, list) else [results]:
        if isinstance(result, (torch.Tensor, np.ndarray)):
            shared = torch.as_tensor(result).share_memory_()
            if torch.cuda.is_available():
                shared.to("cuda")
                torch.cuda.synchronize()
    watch.lap(TRANSFER)


# what decord, PyAV and what is made of their results raise on a file that is not for them
FAILURES = (RuntimeError, OSError, ValueError, IndexError, TypeError)
