"""One number of the table, and the processes in which parts are measured."""

import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

Result = TypeVar("Result")


class Measured(NamedTuple):
    """Hold a number of the table, and the goal that it has, if any."""

    what: str
    value: float
    unit: str
    goal: float | None = None


class Stopwatch:
    """Collect the processor seconds of blocks."""

    def __init__(self) -> None:
        self.found: list[Measured] = []

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.found.append(Measured(what, time.process_time() - began, "s"))

    def total(self, what: str, goal: float | None = None) -> Measured:
        return Measured(what, sum(each.value for each in self.found), "s", goal)


def apart(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a new process, so that nothing is loaded and no memory taken beforehand."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def most_memory() -> float:
    """Return the most memory that this process has had, in 10^6 bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
