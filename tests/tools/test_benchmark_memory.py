"""The memory of a worker: looked at often enough, of the right process, and flat."""

import pandas as pd
import pytest

from benchmark.loader.memory import Memory, memory_of


def test_a_worker_is_looked_at_every_so_many_clips_and_stays_flat(make_config, table):
    many = pd.concat([table] * 4, ignore_index=True)
    found = memory_of(make_config("start_method='fork'"), many, 200, period=50)
    assert found.clips == (50, 100, 150, 200)
    assert min(found.megabytes) > 20 and max(found.megabytes) - min(found.megabytes) < 40
    assert set(found.row()) >= {"clips", "MB at the end", "MB per 1,000 clips"}


def test_a_leak_is_seen(make_config, table):
    leak = "KEPT = []\n\n\ndef target(row, frame_indices):\n    KEPT.append(b'leak' * 250_000)\n    return 0\n"
    found = memory_of(make_config("start_method='fork'", dataset=leak), table, 200, period=20)
    assert found.megabytes[-1] - found.megabytes[0] > 80  # of 180: what the process had free is filled first
    assert 400 < found.drift < 1500


def test_the_drift_is_a_slope_after_the_start():
    clips = tuple(range(500, 10001, 500))
    leak = Memory(clips, tuple(100 + (300 if each < 2000 else 0) + each / 500 for each in clips))
    assert leak.drift == pytest.approx(2)
    assert Memory((200,), (90.0,)).drift == 0
