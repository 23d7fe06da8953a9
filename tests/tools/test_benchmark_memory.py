"""The memory of a worker: looked at often enough, of the right process, and flat."""

import pandas as pd
import pytest

from benchmark.loader.memory import Memory, memory_of

pytestmark = pytest.mark.long


def test_a_worker_is_looked_at_every_so_many_clips(make_config, table):
    many = pd.concat([table] * 4, ignore_index=True)
    found = memory_of(make_config("start_method='fork'"), many, 200, period=50)
    assert found.clips == (50, 100, 150, 200) and min(found.megabytes) > 0
    assert set(found.row()) >= {"clips", "MB at the end", "MB per 1,000 clips"}


def test_a_leak_of_the_worker_is_seen_and_none_where_nothing_leaks(make_config, table):
    """Side by side: how much an allocator keeps, and what the process had free before, hangs on the machine."""
    # pages of their own: what the allocator had free before the fork is resident already, and filling it shows nothing
    kept = "    KEPT.append(mmap.mmap(-1, 2_000_000))\n    KEPT[-1].write(b'leak' * 500_000)\n"
    leak = f"import mmap\n\nKEPT = []\n\n\ndef target(row, frame_indices):\n{kept}    return 0\n"
    leaking, flat = (
        memory_of(make_config("start_method='fork'", dataset=hook), table, 200, period=20) for hook in (leak, "")
    )
    grown = [found.megabytes[-1] - found.megabytes[0] for found in (leaking, flat)]  # of 360 and 0
    assert grown[0] > 3 * grown[1] and grown[0] > 100
    assert leaking.drift > 3 * flat.drift


def test_the_drift_is_a_slope_after_the_start():
    clips = tuple(range(500, 10001, 500))
    leak = Memory(clips, tuple(100 + (300 if each < 2000 else 0) + each / 500 for each in clips))
    assert leak.drift == pytest.approx(2)
    assert Memory((200,), (90.0,)).drift == 0
