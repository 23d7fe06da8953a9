"""Count the processes that this machine can run at once."""

import math
import os
from pathlib import Path


def usable_cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Return the cores that this process may use; in a container with a share of its machine, that share rounded up.

    quota: cgroup v2's file with the share, "max 100000" or microseconds per period.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit, _, period = quota.read_text().partition(" ") if quota.is_file() else ("max", "", "")
    return cores if limit == "max" else min(cores, max(math.ceil(int(limit) / int(period)), 1))
