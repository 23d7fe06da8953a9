"""--find_lr: which rate it suggests, and that nothing but a figure and a CSV stays."""

import csv
from pathlib import Path

import pytest
from endurance.made import CHOICE

from pyvideoai.commands import train
from pyvideoai.engine import find_rate
from pyvideoai.engine.find_rate import Rates, one_digit, rates_of
from pyvideoai.errors import UserError
from pyvideoai.experiment import has_versions
from pyvideoai.optim.schedules import FactorSchedule

BASE = Path("data/experiments/made/linear/brief")


def range_test(curve, *, diverged_at=None):
    found = Rates(diverged_at=diverged_at)
    for rate in rates_of(100):
        found.add(rate, curve(rate))
    return found


def test_a_tenth_of_the_rate_with_the_lowest_loss_is_suggested():
    valley = range_test(lambda rate: 2.0 if rate < 1e-4 else 1.0 if rate < 0.1 else 5.0)
    assert 0.05 < valley.lowest < 0.2 and valley.suggested == one_digit(valley.lowest / 10)
    assert valley.is_too_high


def test_where_nothing_is_learnt_the_rate_stays_below_the_rise():
    cliff = range_test(lambda rate: 2.0 if rate < 0.01 else 4.0)
    assert cliff.lowest is None and 0.009 < cliff.rises_from < 0.02 and cliff.suggested in (0.001, 0.002)
    flat = range_test(lambda rate: 2.0)
    assert flat.lowest is None and flat.suggested is None
    assert range_test(lambda rate: 2.0, diverged_at=20.0).suggested == 2


def test_the_smoothed_loss_is_the_mean_of_the_losses_with_falling_weights():
    found = Rates()
    for loss in (1.0, 2.0, 4.0):
        found.add(0.1, loss)
    assert found.smoothed == pytest.approx([1, (2 + 0.9) / 1.9, (4 + 1.8 + 0.81) / (1 + 0.9 + 0.81)])


@pytest.fixture
def used(monkeypatch):
    """The rates that the optimiser was given, step by step."""
    rates = []

    class Watched(FactorSchedule):
        def before_step(self, epoch):
            super().before_step(epoch)
            rates.append([group["lr"] for group in self.optimiser.param_groups])

    monkeypatch.setattr(find_rate, "FactorSchedule", Watched)
    return rates


def test_the_command_leaves_a_figure_and_a_csv_and_no_version(tiny, used, capsys):
    code = train.main([*CHOICE, "--find_lr", "12"])
    shown = capsys.readouterr().out
    assert code == (0 if "--set learning_rate=" in shown else 1)
    assert sorted(path.name for path in BASE.iterdir()) == ["find_lr.csv", "find_lr.png"]
    rows = list(csv.DictReader((BASE / "find_lr.csv").read_text().splitlines()))
    assert [float(row["learning_rate"]) for row in rows] == pytest.approx(rates_of(12)[: len(rows)], rel=1e-4)
    assert [rate for [rate] in used][: len(rows)] == pytest.approx(rates_of(12)[: len(rows)])
    assert not has_versions(BASE)


def test_two_tries_at_once_are_refused(tiny):
    with pytest.raises(UserError, match="--overfit and --find_lr are two tries"):
        train.main([*CHOICE, "--find_lr", "--overfit", "3"])
    with pytest.raises(UserError, match="--find_lr trains from the start"):
        train.main([*CHOICE, "--find_lr", "-l", "last"])
