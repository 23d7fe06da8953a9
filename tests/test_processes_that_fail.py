"""Of several processes one hangs or dies: the others notice, and a line says so."""

import datetime
import os
import signal
import socket
from collections.abc import Callable

import pytest
import torch
from faulty import in_a_child

from pyvideoai import processes as processes_module
from pyvideoai.faults import OTHERS_TOLD, environment_fault
from pyvideoai.processes import Processes, start_processes

pytestmark = pytest.mark.long

NOTICED = 7


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def join(rank: int, port: int, work: Callable[[Processes], None]) -> Callable[[], None]:
    """`work` as process `rank` of two."""

    def run() -> None:
        os.environ |= {
            "RANK": str(rank),
            "WORLD_SIZE": "2",
            "LOCAL_RANK": str(rank),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }
        with start_processes("cpu") as processes:
            work(processes)

    return run


def wait_for_the_other(processes: Processes) -> None:
    processes.sum(torch.ones(1))
    try:
        processes.sum(torch.ones(1))
    except RuntimeError as error:
        os._exit(NOTICED if environment_fault(error) == OTHERS_TOLD else 1)


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["hangs", "dies"])
def test_a_process_that_hangs_or_dies_is_noticed(monkeypatch, how):
    monkeypatch.setattr(processes_module, "TIMEOUT", datetime.timedelta(seconds=3))
    port = free_port()

    def fail(processes: Processes) -> None:
        processes.sum(torch.ones(1))
        os.kill(os.getpid(), how)

    if (other := os.fork()) == 0:
        join(1, port, fail)()
        os._exit(0)
    try:
        assert in_a_child(join(0, port, wait_for_the_other)) == NOTICED
    finally:
        os.kill(other, signal.SIGKILL)
        os.waitpid(other, 0)
