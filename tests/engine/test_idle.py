"""A wait counts where the device is idle meanwhile."""

from types import SimpleNamespace

import pytest
import torch

from pyvideoai.engine.idle import Idle


def test_on_a_cpu_every_wait_counts(monkeypatch):
    clock = iter([10.0, 12.5, 20.0, 20.5])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    idle = Idle(torch.device("cpu"))
    for _ in range(2):
        with idle.waiting():
            pass
    assert idle.seconds == 3.0


def test_on_a_gpu_what_it_still_computes_does_not_count(monkeypatch):
    """Marks on the GPU's stream come when it has done what it was given before them: busy until 4 s, until 11 s."""
    now, done_at = [0.0], [0.0]

    class Mark:
        def __init__(self, enable_timing):
            assert enable_timing

        def record(self, stream):
            self.comes = max(now[0], done_at[0])

        def query(self):
            return now[0] >= self.comes

        def elapsed_time(self, other):
            return 1000 * (other.comes - self.comes)

    monkeypatch.setattr(torch, "cuda", SimpleNamespace(Event=Mark, current_stream=lambda device: None))
    idle = Idle(torch.device("cuda:0"))
    for busy_until, waited_from, waited_until in ((4.0, 1.0, 3.0), (7.0, 5.0, 9.0), (11.0, 10.0, 10.5)):
        done_at[0], now[0] = busy_until, waited_from
        with idle.waiting():
            now[0] = waited_until
        assert idle.seconds in (0.0, 2.0)
    now[0] = 12.0
    assert idle.seconds == pytest.approx(2.0)  # from 7 to 9
    idle.seconds = 5.0
    assert idle.seconds == 5.0
