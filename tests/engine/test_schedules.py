"""Learning-rate schedules: their shapes, and that a saved one goes on where it was."""

import math

import pytest
import torch

from pyvideoai.engine.schedules import EachEpoch, EachStep, FactorSchedule, OnPlateau, TorchSchedule, cosine, steps


def optimiser(*rates: float) -> torch.optim.Optimizer:
    return torch.optim.SGD([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates])


@pytest.mark.parametrize(
    ("epoch", "expected"), [(0, 1.0), (98, 0.5), (196, 0.0), (200, 0.0), (49, 0.5 * (1 + math.sqrt(0.5)))]
)
def test_cosine(epoch, expected):
    assert cosine(epoch, 196) == pytest.approx(expected, abs=1e-12)


def test_warm_up_rises_in_a_line_and_joins_the_cosine():
    at = [cosine(epoch, 196, warmup_epochs=34, warmup_from=0.1) for epoch in (0, 17, 34)]
    assert at[0] == 0.1
    assert at[1] == pytest.approx((at[0] + at[2]) / 2)
    assert at[2] == pytest.approx(0.5 * (1 + math.cos(math.pi * 34 / 196)))


@pytest.mark.parametrize(("epoch", "expected"), [(0, 1), (39.99, 1), (40, 0.1), (80, 0.01), (99, 0.01)])
def test_steps(epoch, expected):
    assert steps(epoch, (40, 80)) == pytest.approx(expected)


def test_factor_multiplies_every_groups_own_rate():
    groups = optimiser(0.1, 0.01)
    schedule = FactorSchedule(groups, lambda epoch: 1 - epoch / 10)
    schedule.before_step(4)
    assert [group["lr"] for group in groups.param_groups] == pytest.approx([0.06, 0.006])


def test_factor_of_a_resumed_run_starts_from_the_initial_rate():
    first = optimiser(0.1)
    FactorSchedule(first, lambda epoch: 0.5).before_step(0)
    second = optimiser(0.1)
    schedule = FactorSchedule(second, lambda epoch: 0.5)
    second.load_state_dict(first.state_dict())
    schedule.before_step(1)
    assert second.param_groups[0]["lr"] == pytest.approx(0.05)


def test_plateau_follows_its_metric_and_skips_epochs_without_it():
    groups = optimiser(1.0)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(groups, "max", factor=0.1, patience=1)
    schedule = TorchSchedule(OnPlateau(plateau, on="val/top1"))
    for values in ({"val/top1": 50.0}, {}, {}, {}, {"val/top1": 50.0}):
        schedule.after_step()
        schedule.after_epoch(values)
    assert groups.param_groups[0]["lr"] == 1.0
    schedule.after_epoch({"val/top1": 40.0})
    assert groups.param_groups[0]["lr"] == pytest.approx(0.1)


def test_plateau_state_survives():
    def make():
        groups = optimiser(1.0)
        return groups, TorchSchedule(
            OnPlateau(torch.optim.lr_scheduler.ReduceLROnPlateau(groups, "min", patience=2), on="val/loss")
        )

    whole_groups, whole = make()
    _, first = make()
    losses = [1.0, 1.1, 1.2, 1.3, 1.4]
    for loss in losses:
        whole.after_epoch({"val/loss": loss})
    for loss in losses[:2]:
        first.after_epoch({"val/loss": loss})
    second_groups, second = make()
    second.load_state_dict(first.state_dict())
    for loss in losses[2:]:
        second.after_epoch({"val/loss": loss})
    assert second_groups.param_groups[0]["lr"] == whole_groups.param_groups[0]["lr"] == pytest.approx(0.1)


def test_each_step_and_each_epoch_step_at_their_own_time():
    for wrapper, after_step, after_epoch in ((EachStep, 0.5, 0.5), (EachEpoch, 1.0, 0.5)):
        groups = optimiser(1.0)
        schedule = TorchSchedule(wrapper(torch.optim.lr_scheduler.StepLR(groups, 1, gamma=0.5)))
        groups.step()
        schedule.after_step()
        assert groups.param_groups[0]["lr"] == after_step
        schedule.after_epoch({})
        assert groups.param_groups[0]["lr"] == after_epoch
