"""Learning-rate schedules: their shapes, and that a saved one goes on where it was."""

import math

import pytest
import torch
from torch.optim import lr_scheduler

from pyvideoai.checkpoint import check_alike, load_optimiser
from pyvideoai.optim.schedules import EachEpoch, EachStep, FactorSchedule, OnPlateau, TorchSchedule, cosine, steps


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


EPOCHS, STEPS, SAVED_AFTER = 6, 4, 3
SCHEDULES = {
    "factor": lambda rates: FactorSchedule(rates, lambda epoch: cosine(epoch, EPOCHS, warmup_epochs=1)),
    "factor by steps": lambda rates: FactorSchedule(rates, lambda epoch: steps(epoch, (1, 4.5))),
    "lambda": lambda rates: TorchSchedule(EachStep(lr_scheduler.LambdaLR(rates, lambda step: 1 / (1 + step)))),
    "two lambdas": lambda rates: TorchSchedule(
        EachStep(lr_scheduler.LambdaLR(rates, [lambda step: 0.9**step, lambda step: 1 / (1 + step)]))
    ),
    "product": lambda rates: TorchSchedule(EachStep(lr_scheduler.MultiplicativeLR(rates, lambda step: 0.9))),
    "milestones": lambda rates: TorchSchedule(EachEpoch(lr_scheduler.MultiStepLR(rates, [1, 4], gamma=0.5))),
    "cosine": lambda rates: TorchSchedule(EachStep(lr_scheduler.CosineAnnealingLR(rates, EPOCHS * STEPS))),
    "one cycle": lambda rates: TorchSchedule(
        EachStep(lr_scheduler.OneCycleLR(rates, [0.5, 0.05], total_steps=EPOCHS * STEPS))
    ),
    "cyclic": lambda rates: TorchSchedule(
        EachStep(lr_scheduler.CyclicLR(rates, 0.01, 0.1, step_size_up=5, scale_fn=lambda cycle: 0.5**cycle))
    ),
    "one after the other": lambda rates: TorchSchedule(
        EachStep(
            lr_scheduler.SequentialLR(
                rates,
                [lr_scheduler.LinearLR(rates, 0.1, 1, 5), lr_scheduler.LambdaLR(rates, lambda step: 0.9**step)],
                [5],
            )
        )
    ),
    "chained": lambda rates: TorchSchedule(
        EachStep(
            lr_scheduler.ChainedScheduler(
                [lr_scheduler.LinearLR(rates, 0.1, 1, 5), lr_scheduler.LambdaLR(rates, lambda step: 0.97**step)]
            )
        )
    ),
    "plateau": lambda rates: TorchSchedule(
        OnPlateau(lr_scheduler.ReduceLROnPlateau(rates, "min", patience=0), on="val/loss")
    ),
}


def rates_of(made, schedule, epochs) -> list[list[float]]:
    """The rates of both groups at every step of some epochs, in each of which the loss rises."""
    seen = []
    for epoch in epochs:
        for step in range(STEPS):
            schedule.before_step(epoch + step / STEPS)
            seen.append([group["lr"] for group in made.param_groups])
            made.step()
            schedule.after_step()
        schedule.after_epoch({"val/loss": 1.0 + epoch})
    return seen


@pytest.mark.parametrize("make", SCHEDULES.values(), ids=SCHEDULES)
def test_a_saved_schedule_goes_on_with_the_rates_of_an_undisturbed_one(make, tmp_path):
    """Through a file, as a resumed run does it: both are built anew, then loaded, the optimiser first."""
    whole = optimiser(0.1, 0.01)
    expected = rates_of(whole, make(whole), range(EPOCHS))
    assert len({tuple(rates) for rates in expected[SAVED_AFTER * STEPS :]}) > 1  # rates that do not move prove nothing
    first = optimiser(0.1, 0.01)
    schedule = make(first)
    seen = rates_of(first, schedule, range(SAVED_AFTER))
    torch.save({"optimiser": first.state_dict(), "schedule": schedule.state_dict()}, tmp_path / "last.pth")
    state = torch.load(tmp_path / "last.pth", weights_only=True)
    second = optimiser(0.1, 0.01)
    schedule = make(second)
    load_optimiser(second, state["optimiser"])
    check_alike(state["schedule"], schedule.state_dict())
    schedule.load_state_dict(state["schedule"])
    assert seen + rates_of(second, schedule, range(SAVED_AFTER, EPOCHS)) == expected


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


def test_each_step_and_each_epoch_step_at_their_own_time():
    for wrapper, after_step, after_epoch in ((EachStep, 0.5, 0.5), (EachEpoch, 1.0, 0.5)):
        groups = optimiser(1.0)
        schedule = TorchSchedule(wrapper(torch.optim.lr_scheduler.StepLR(groups, 1, gamma=0.5)))
        groups.step()
        schedule.after_step()
        assert groups.param_groups[0]["lr"] == after_step
        schedule.after_epoch({})
        assert groups.param_groups[0]["lr"] == after_epoch
