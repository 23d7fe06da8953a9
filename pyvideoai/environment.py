"""Settle what must be settled before torch is imported. It changes no result.

PYVIDEOAI_MALLOC=system leaves the allocator of the C library as it is.
"""

import ctypes
import os

SWITCH = "PYVIDEOAI_MALLOC"
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of glibc's malloc.h
_GIB, _LARGEST_INT = 2**30, 2**31 - 1


def settle() -> None:
    """Let idle OpenMP threads sleep, unless the user says otherwise, and let the allocator keep freed memory.

    Idle threads spin by default and take the cores from data-loading workers: on 2 busy cores a training step of a
    small network took 3.5 times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if os.environ.get(SWITCH) != "system":
        keep_freed_memory()


def keep_freed_memory() -> bool:
    """Let glibc keep the memory of freed tensors for the next ones; return whether it agreed.

    By default glibc returns blocks from 128 KiB (later up to 32 MiB) to the kernel when they are freed, and the next
    operation faults in and clears the same pages again, which takes up to half the time of a step on a CPU. The process
    then holds on to the most memory that it has ever used. Other C libraries are left as they are.
    """
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018  (musl and macOS have none, and musl's mallopt does nothing)
    except (AttributeError, OSError, TypeError):  # TypeError: CDLL(None) on Windows
        return False
    # mallopt returns 1 if it took the value. Older versions of glibc take no threshold above 32 MiB.
    return any(library.mallopt(_MMAP_THRESHOLD, size) == 1 for size in (_GIB, _GIB // 32)) and (
        library.mallopt(_TRIM_THRESHOLD, _LARGEST_INT) == 1
    )
