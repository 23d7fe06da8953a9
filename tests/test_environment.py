"""What is settled before torch is imported: freed memory stays with the process, unless the switch says otherwise."""

import os
import platform
import subprocess
import sys

import pytest

from pyvideoai import environment

ON_GLIBC = platform.system() == "Linux" and platform.libc_ver()[0] == "glibc"
PAGES_OF_BLOCKS = """
import resource
from pyvideoai import environment
environment.settle()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def step():
    b"1" * 2**26  # 64 MiB: more than glibc keeps by itself

step()
before = faults()
for _ in range(10):
    step()
print(faults() - before)
"""


def _faults(**variables: str) -> int:
    """Return how often the kernel had to hand out a page during ten allocations of 64 MiB."""
    command = [sys.executable, "-c", PAGES_OF_BLOCKS]
    return int(subprocess.check_output(command, env={**os.environ, **variables}))


@pytest.mark.skipif(not ON_GLIBC, reason="other C libraries are left as they are")
def test_freed_memory_is_used_again():
    # Huge pages are faulted in 2 MiB at a time: ten times 64 MiB are then 320 faults, and 163,840 without them.
    assert _faults() < 100
    assert _faults(**{environment.SWITCH: "system"}) > 300


def test_another_c_library_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(environment.ctypes, "CDLL", lambda name: object())
    assert environment.keep_freed_memory() is False


class _OldLibrary:
    """Stand in for a glibc that takes no threshold above 32 MiB."""

    gnu_get_libc_version = None

    def __init__(self) -> None:
        self.taken: list[tuple[int, int]] = []

    def mallopt(self, name: int, value: int) -> int:
        fits = name != -3 or value <= 32 * 2**20
        self.taken += [(name, value)] * fits
        return int(fits)


def test_an_old_glibc_gets_the_most_it_takes(monkeypatch):
    library = _OldLibrary()
    monkeypatch.setattr(environment.ctypes, "CDLL", lambda name: library)
    assert environment.keep_freed_memory() is True
    assert library.taken == [(-3, 32 * 2**20), (-1, 2**31 - 1)]
