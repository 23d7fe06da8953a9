"""Everything that depends on how many processes run: ranks, who writes, and what all must agree on.

`torchrun --nproc_per_node N tools/run_train.py ...` starts N; a plain `python tools/run_train.py ...` is one process.
"""

import datetime
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from pyvideoai.errors import UserError

T = TypeVar("T")
TALK_S, MOST_STEPS = 2.0, 50
TIMEOUT = datetime.timedelta(minutes=30)  # longer than any shard of an evaluation lags behind; then one of them hangs


@dataclass(frozen=True)
class Processes:
    """Describe this process among all. With one process, methods return at once and torch.distributed stays unused."""

    rank: int
    world: int
    on_this_machine: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        return self.rank == 0

    def from_main(self, make: Callable[[], T]) -> T:
        """Return, on every process, what `make` returns on the main one. Its error is raised on every process."""
        if self.world == 1:
            return make()
        outcome: list[Any] = [None, None]
        if self.is_main:
            try:
                outcome[0] = make()
            except Exception as error:
                outcome[1] = error
        dist.broadcast_object_list(outcome, src=0)
        if outcome[1] is not None:
            raise outcome[1]
        return outcome[0]

    def gather(self, piece: T) -> list[T]:
        """Return the pieces of all processes, by rank, on every process."""
        if self.world == 1:
            return [piece]
        pieces: list[Any] = [None] * self.world
        dist.all_gather_object(pieces, piece)
        return pieces

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        """Return the sum of a small tensor over all processes; float64, on the CPU."""
        # float32 counts in ones only up to 2**24, which an epoch's pixels and clips exceed.
        total = values.detach().to(self._wire, torch.float64)
        if self.world > 1:
            dist.all_reduce(total)
        return total.cpu()

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set on any process."""
        return flag if self.world == 1 else bool(self.sum(torch.tensor([float(flag)])))

    @property
    def _wire(self) -> torch.device:
        # NCCL sends what lies on a GPU, gloo what lies in the machine's memory.
        return self.device if self.world > 1 and dist.get_backend() == "nccl" else torch.device("cpu")


class Agreement:
    """Let all processes do the same at the same step, for a signal that came to one of them, say.

    They talk about it every two seconds or so, and not at each step: on GPUs a process would have to wait each time
    until its own is done.
    """

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self._steps, self._talk_at, self._since = 0, 1, time.perf_counter()

    def on(self, *flags: bool) -> list[bool]:
        """Return for each flag whether any process has set it; all False until it is time to talk."""
        if self.processes.world == 1:
            return list(flags)
        self._steps += 1
        if self._steps < self._talk_at:
            return [False] * len(flags)
        step_s = (time.perf_counter() - self._since) / self._steps
        *counts, sum_s = self.processes.sum(torch.tensor([*map(float, flags), step_s])).tolist()
        # made from the sum alone, the next step to talk at is the same for all
        self._talk_at = max(min(int(TALK_S * self.processes.world / max(sum_s, 1e-9)), MOST_STEPS), 1)
        self._steps, self._since = 0, time.perf_counter()
        return [count > 0 for count in counts]


@contextmanager
def start_processes(device: str = "auto") -> Iterator[Processes]:
    """Join the processes that torchrun started, or be the only one; leave the group at the end."""
    rank, world = (int(os.environ.get(name, value)) for name, value in (("RANK", 0), ("WORLD_SIZE", 1)))
    chosen = own_device(device)
    # NCCL sends objects by way of the current device: unset, it is the first GPU in every process.
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if world > 1:
        _join("nccl" if chosen.type == "cuda" else "gloo", rank, world)
    try:
        yield Processes(rank, world, int(os.environ.get("LOCAL_WORLD_SIZE", world)), chosen)
    finally:
        if world > 1:
            dist.destroy_process_group()


def _join(backend: str, rank: int, world: int) -> None:
    """Join the group of all processes.

    torchrun keeps its store when it starts the processes of a machine again, and with it the addresses of those that
    ended. A process that was faster than another would read its old address and wait for it for ever, so that each try
    has keys of its own. Several machines count their tries apart; their keys stay torch's.
    """
    tried = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    if tried == "0" or os.environ.get("GROUP_WORLD_SIZE") != "1":
        dist.init_process_group(backend, timeout=TIMEOUT)
        return
    place = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    store = dist.PrefixStore(f"try_{tried}", dist.TCPStore(*place, world, is_master=False, timeout=TIMEOUT))
    dist.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=TIMEOUT)


def own_device(name: str) -> torch.device:
    """Return the device that `name` means for this process. Raises UserError."""
    local_rank, world = (int(os.environ.get(name, value)) for name, value in (("LOCAL_RANK", 0), ("WORLD_SIZE", 1)))
    return pick_device(name, local_rank=local_rank, world=world)


def pick_device(name: str, *, local_rank: int = 0, world: int = 1, instead: str = "--device cpu") -> torch.device:
    """Return the device that `name`, a value of the setting `device`, means for a process. Raises UserError.

    local_rank: the process's number on this machine, and that of its GPU unless `name` has a number. world: the number
    of all processes. instead: what an error advises.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    kind, _, number = name.partition(":")
    if kind == "cpu" or (kind == "auto" and not gpus):
        return torch.device("cpu")
    if world > 1 and (number or kind == "mps"):
        raise UserError(f"device = {name!r} is one device, and there are {world} processes; use --device cuda or cpu")
    if kind == "mps":
        return _mps(instead)
    if not gpus:
        raise UserError(f"device = {name!r} was asked for, but torch finds no CUDA device; use {instead}")
    index = int(number) if number else local_rank
    if index >= gpus:
        wanted = (
            f"device = {name!r} is not there" if number else f"process {index} of this machine has no GPU of its own"
        )
        raise UserError(f"{wanted}: torch finds {gpus}{', cuda:0' + f' to cuda:{gpus - 1}' * (gpus > 1)}")
    return torch.device("cuda", index)


def _mps(instead: str) -> torch.device:
    if not torch.backends.mps.is_available():
        raise UserError(f"device = 'mps' was asked for, but torch finds no MPS device; use {instead}")
    return torch.device("mps")
