"""Data-loading workers: how many, how they start, what they leave to their parent, and how they end."""

import atexit
import multiprocessing
import signal
import sys
from functools import partial
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import Any

import torch

from pyvideoai.cores import usable_cores
from pyvideoai.errors import UserError
from pyvideoai.signals import ANSWERED

MOST_WORKERS = 16
ON_GPU = "torchcodec_cuda"


def worker_count(setting: int | str, processes_here: int = 1) -> int:
    """Return the workers per process: as set, or one per usable core, shared by this machine's processes, 16
    at most.
    """
    if setting != "auto":
        return int(setting)
    return min(max(usable_cores() // processes_here, 1), MOST_WORKERS)


def worker_options(workers: int, start_method: str, reader: str, *, persistent: bool = True) -> dict[str, Any]:
    """Return a DataLoader's options about its workers. Raises UserError for a reader that they can't use."""
    # a generator of its own: a DataLoader that draws from torch's would change what dropout draws after a resume
    options = {"generator": torch.Generator(), "num_workers": workers}
    if workers == 0:
        return options
    return options | {
        "worker_init_fn": partial(_begin, gpu=torch.cuda.current_device() if _decodes_on_gpu(reader) else None),
        "persistent_workers": persistent,
        "multiprocessing_context": _context(start_method, reader),
    }


def _context(method: str, reader: str) -> BaseContext:
    """Return how workers start. "auto" is fork on Linux, spawn elsewhere; a fork server imports what workers
    need only once.

    Raises UserError for a reader on a GPU, which a forked process cannot use.
    """
    on_gpu = reader == ON_GPU
    if on_gpu and method == "fork":
        raise UserError("reader = 'torchcodec_cuda' can't be used with start_method = 'fork'; take 'auto' or 'spawn'")
    forked = sys.platform == "linux" and not on_gpu
    context = get_context(("fork" if forked else "spawn") if method == "auto" else method)
    if method == "forkserver":
        context.set_forkserver_preload(["pyvideoai.data.loader"])
    return context


@atexit.register
def end_workers() -> None:
    """Kill the workers that are left when the process ends, such as those of a loader that an error kept alive.

    multiprocessing would send one SIGTERM, which a worker leaves to its parent, and wait for the worker for ever.
    """
    left = [child for child in multiprocessing.active_children() if child.daemon]
    if left:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # torch's handler calls a worker that dies an error
    for child in left:
        child.kill()


def _decodes_on_gpu(reader: str) -> bool:
    """Return whether workers decode on a GPU; without one the reader says so."""
    return reader == ON_GPU and torch.cuda.is_available()


def _begin(worker: int, gpu: int | None) -> None:
    """Prepare a worker. gpu: what it decodes on, its parent's; a process that starts anew would take the first one."""
    _leave_signals_to_parent()
    if gpu is not None:
        torch.cuda.set_device(gpu)


def _leave_signals_to_parent() -> None:
    """Let workers ignore the first signal: their parent answers it between two steps and then ends them.

    Ctrl-C reaches every process of a terminal, and schedulers send SIGTERM to all processes of a job. A worker that
    died of it would end its parent with an error in the middle of a step. A second SIGTERM, which the parent sends to
    workers that don't end when asked, does end a worker.
    """
    for number in ANSWERED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: signal.signal(number, signal.SIG_DFL))
