"""All that depends on how many processes run: who am I, who writes, what everybody must agree on.

`torchrun --nproc_per_node N tools/run_train.py ...` starts N; a plain `python tools/run_train.py ...` is one process.
"""

import datetime
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from pyvideoai.errors import UserError

T = TypeVar("T")
TIMEOUT = datetime.timedelta(hours=2)  # others wait while the main process prepares a dataset


@dataclass(frozen=True)
class Processes:
    """This process among all. With one process every method is trivial and torch.distributed stays unused."""

    rank: int
    world: int
    on_this_machine: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        return self.rank == 0

    def from_main(self, make: Callable[[], T]) -> T:
        """What the main process makes, on every process. Its error is everybody's error."""
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
        """Everybody's piece, by rank, on every process."""
        if self.world == 1:
            return [piece]
        pieces: list[Any] = [None] * self.world
        dist.all_gather_object(pieces, piece)
        return pieces

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        """The sum over all processes of a small tensor; float64, on the CPU."""
        total = values.detach().to(self._wire, torch.float64)
        if self.world > 1:
            dist.all_reduce(total)
        return total.cpu()

    def any(self, flag: bool) -> bool:
        """Whether the flag is up on any process."""
        return flag if self.world == 1 else bool(self.sum(torch.tensor([float(flag)])))

    @property
    def _wire(self) -> torch.device:
        return self.device if self.world > 1 and dist.get_backend() == "nccl" else torch.device("cpu")


@contextmanager
def start_processes(device: str = "auto") -> Iterator[Processes]:
    """Join the processes that torchrun started, or stand alone; leaves the group at the end."""
    rank, world, local = (
        int(os.environ.get(name, value)) for name, value in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
    )
    chosen = _device(device, local)
    if world > 1:
        dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=TIMEOUT)
    try:
        yield Processes(rank, world, int(os.environ.get("LOCAL_WORLD_SIZE", world)), chosen)
    finally:
        if world > 1:
            dist.destroy_process_group()


def _device(name: str, local_rank: int) -> torch.device:
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise UserError("device = 'cuda' was asked for, but torch finds no CUDA device; use --device cpu")
    if name == "cpu" or not available:
        return torch.device("cpu")
    if local_rank >= torch.cuda.device_count():
        raise UserError(
            f"process {local_rank} of this machine has no GPU of its own: torch finds {torch.cuda.device_count()}"
        )
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)
