"""Painted videos and configs around them."""

import multiprocessing
import signal
from collections.abc import Iterator

import pytest
from painted_configs import make_config, table, videos

from pyvideoai.data.workers import end_workers

__all__ = ["make_config", "table", "videos"]


@pytest.fixture(autouse=True)
def no_workers_left() -> Iterator[None]:
    """End the workers of loaders that a test leaves: torch waits 10 s for each whose loader is collected late."""
    yield
    if multiprocessing.active_children():
        answer = signal.getsignal(signal.SIGCHLD)
        end_workers()
        for child in multiprocessing.active_children():
            child.join()
        signal.signal(signal.SIGCHLD, answer)
