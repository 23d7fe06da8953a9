"""The norm of the gradient that a run shows, and at which steps it is computed."""

import math

import pytest
from tiny_runs import build
from torch import nn

from pyvideoai.engine.meter import EpochMeter
from pyvideoai.experiment import new_version


@pytest.fixture
def trained(tiny, tmp_path, monkeypatch):
    """Train for an epoch of three steps; return the norms that the meter received, and those that the optimiser saw."""

    def train(*overrides: str) -> tuple[list[float | None], list[float]]:
        training = build(new_version(tmp_path / "runs"), "brief", *overrides)
        received, seen = [], []
        end_step = EpochMeter.end_step

        def noting(meter, step, rate, norm, progress):
            received.append(None if norm is None else float(norm))
            end_step(meter, step, rate, norm, progress)

        def see(optimiser, *_):
            gradients = [each.grad for group in optimiser.param_groups for each in group["params"]]
            seen.append(math.sqrt(sum(float(each.double().square().sum()) for each in gradients)))

        monkeypatch.setattr(EpochMeter, "end_step", noting)
        training.optimiser.register_step_pre_hook(see)
        training.train_epoch(1)
        return received, seen

    return train


def test_it_is_computed_where_it_is_shown_only(trained, monkeypatch):
    calls = []
    get_total_norm = nn.utils.get_total_norm
    monkeypatch.setattr(nn.utils, "get_total_norm", lambda *given: calls.append(1) or get_total_norm(*given))
    received, seen = trained("log_period=2")
    assert received == [None, pytest.approx(seen[1]), pytest.approx(seen[2])] and len(calls) == 2


def test_clipping_sees_every_step_and_the_norm_is_that_before_it(trained):
    _, before = trained("log_period=2")
    limit = before[0] / 2
    received, seen = trained("log_period=2", f"clip_grad_norm={limit}")
    assert None not in received
    assert received[0] == pytest.approx(before[0]) and seen[0] == pytest.approx(limit, rel=1e-4)
