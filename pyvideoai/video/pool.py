"""Work on many videos in several processes. A video that crashes libav is reported and stops none of the others."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from ctypes import c_byte
from typing import Any, TypeVar

from pyvideoai.signals import ANSWERED

Result = TypeVar("Result")
Task = tuple[Any, ...]  # what `work` is called with

AHEAD = 3  # videos that are handed out at a time, for each process
LOOK_PERIOD_S = 0.2  # at which workers look whether they are still wanted


def run_all(
    tasks: Sequence[Task], work: Callable[..., Result], processes: int, *, crashed: Callable[..., Result]
) -> Generator[Result, None, None]:
    """Yield `work(*task)` for each task, in the order of completion; `crashed(*task)` if the process died of it.

    The processes end at once when the generator is closed, or when this process is killed.
    """
    # A crash breaks the whole pool: all tasks that were running are done again, each in a process of its own, so that
    # only the guilty one is reported.
    waiting = list(reversed(tasks))
    while waiting:
        running: dict[Future[Result], Task] = {}
        try:
            with _pool(processes) as pool:
                yield from _feed(pool, waiting, running, work, processes)
        except BrokenProcessPool:
            yield from (_alone(task, work, crashed) for task in running.values())


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of workers that end at once when the block is left early, or when this process is killed."""
    stop = multiprocessing.RawValue("b", 0)  # not an Event, whose set() waits for workers, which may have crashed
    with ProcessPoolExecutor(processes, initializer=_depend_on, initargs=(stop,)) as pool:
        try:
            yield pool
        except BaseException:
            stop.value = 1
            pool.shutdown(cancel_futures=True)
            raise


def _depend_on(stop: c_byte) -> None:
    for number in ANSWERED:
        signal.signal(number, signal.SIG_IGN)  # the parent answers, and ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(stop, os.getppid()), daemon=True).start()


def _end_with(stop: c_byte, parent: int) -> None:
    while not stop.value and os.getppid() == parent:
        time.sleep(LOOK_PERIOD_S)
    os._exit(1)


def _feed(
    pool: ProcessPoolExecutor,
    waiting: list[Task],
    running: dict[Future[Result], Task],
    work: Callable[..., Result],
    processes: int,
) -> Iterator[Result]:
    """Keep the pool busy with a few videos at a time, so that little is done twice when it breaks."""
    while waiting or running:
        while waiting and len(running) < AHEAD * processes:
            task = waiting.pop()
            running[pool.submit(work, *task)] = task
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            result = done.result()
            del running[done]
            yield result


def _alone(task: Task, work: Callable[..., Result], crashed: Callable[..., Result]) -> Result:
    with _pool(1) as pool:
        try:
            return pool.submit(work, *task).result()
        except BrokenProcessPool:
            return crashed(*task)
