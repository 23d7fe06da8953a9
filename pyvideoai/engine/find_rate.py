"""--find_lr: a learning-rate range test (Smith, WACV 2017, arXiv:1506.01186): the rate grows from step to step, and the
loss shows from where on the network learns, and from where on it is too high.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyvideoai.data.batches import TrainBatch
from pyvideoai.engine.meter import EpochMeter
from pyvideoai.engine.stopping import Diverged
from pyvideoai.engine.training import Training
from pyvideoai.errors import counted
from pyvideoai.optim.schedules import FactorSchedule
from pyvideoai.reporting.rate_curve import draw_rates, write_rates
from pyvideoai.seeding import seed_everything

LOWEST, HIGHEST = 1e-6, 10.0
SMOOTH = 0.9  # share of the mean so far in the smoothed loss
TOO_HIGH = 4.0  # times the lowest smoothed loss: the rate is too high from here on
BELOW = 10.0  # the suggestion is so many times below the rate of the lowest loss
LEARNT = 0.95  # share of the first loss: where the smoothed loss gets below it, the network learns
RISEN = 1.02  # times the mean smoothed loss of the first third: the loss has risen


@dataclass
class Rates:
    """Hold the test: the highest rate of all groups at each step, its loss, and the smoothed loss."""

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    smoothed: list[float] = field(default_factory=list)
    diverged_at: float | None = None

    def add(self, rate: float, loss: float) -> None:
        """Add a step."""
        self.rates.append(rate)
        self.losses.append(loss)
        # An exponential mean that divides by the sum of its weights: without that, the first steps would lean towards
        # 0.
        weights = [SMOOTH ** (len(self.losses) - 1 - place) for place in range(len(self.losses))]
        self.smoothed.append(sum(w * each for w, each in zip(weights, self.losses, strict=True)) / sum(weights))

    @property
    def is_too_high(self) -> bool:
        """Return whether the loss has left its lowest value far behind."""
        # The small number lets a loss that has reached 0 go on.
        return self.smoothed[-1] > TOO_HIGH * min(self.smoothed) + 1e-6

    @property
    def lowest(self) -> float | None:
        """Return the rate at which the smoothed loss is lowest; None if the network learns at no rate."""
        if not self.smoothed or min(self.smoothed) > LEARNT * self.smoothed[0]:
            return None
        return self.rates[min(range(len(self.smoothed)), key=self.smoothed.__getitem__)]

    @property
    def rises_from(self) -> float | None:
        """Return the rate from which on the smoothed loss stays above its start; None if it doesn't rise."""
        start = self.smoothed[: max(len(self.smoothed) // 3, 1)]
        least = RISEN * sum(start) / max(len(start), 1)
        # How many steps at the end are all above `least`; 0 if the last one is not.
        risen = next((place for place, each in enumerate(reversed(self.smoothed)) if each <= least), len(self.smoothed))
        return self.rates[-risen] if risen else self.diverged_at

    @property
    def suggested(self) -> float | None:
        """Return a tenth of `lowest`, else of `rises_from`, to one digit; None if the loss neither falls nor rises."""
        found = self.lowest or self.rises_from
        return None if found is None else one_digit(found / BELOW)


def find_rate(training: Training, steps: int, folder: Path) -> tuple[Rates, str]:
    """Train for up to `steps` steps at growing rates; write find_lr.csv and find_lr.png to `folder`; return what was
    found, and what to say.

    Everything but the rate is as in training. The rates of parameter groups keep their ratios.
    """
    found = _measured(training, steps)
    if training.processes.is_main:
        folder.mkdir(parents=True, exist_ok=True)
        write_rates(folder / "find_lr.csv", found.rates, found.losses, found.smoothed)
        draw_rates(folder / "find_lr.png", found.rates, found.losses, found.smoothed, found.suggested)
    return found, _told(found)


def rates_of(steps: int) -> list[float]:
    """Return the rates of the steps: from 1e-6 to 10, each the same factor above the one before."""
    return [LOWEST * (HIGHEST / LOWEST) ** (step / max(steps - 1, 1)) for step in range(steps)]


def one_digit(value: float) -> float:
    """Return a positive number rounded to one significant digit."""
    return float(f"{value:.0e}")


def _measured(training: Training, steps: int) -> Rates:
    exp, processes = training.config.exp, training.processes
    found, meter = Rates(), EpochMeter(processes, training.task, epoch=1, steps=steps, log_period=1)
    # "epoch" is the factor itself here, so that `before_step` sets the rates that this test asks for.
    training.schedule = schedule = FactorSchedule(training.optimiser, lambda factor: factor)
    # All groups are multiplied by rate / highest: the largest rate is then `rate`, and ratios stay.
    highest = max(group["initial_lr"] for group in training.optimiser.param_groups)
    seed_everything(exp.seed, stream="train", rank=processes.rank)
    training.train_mode()
    with training.reporter.progress("learning rates", steps) as progress:
        # strict=False: batches never end, so the rates do.
        for step, (rate, batches) in enumerate(zip(rates_of(steps), _batches(training), strict=False), start=1):
            schedule.before_step(rate / highest if highest else 0.0)
            norm, shown = training.train_step(batches, meter), _Shown()
            try:
                meter.end_step(step, rate, norm, shown)
            except Diverged:
                found.diverged_at = rate
                break
            found.add(rate, shown.values["loss"])
            progress.update(1)
            if processes.any(found.is_too_high):
                break
    return found


def _batches(training: Training) -> Iterator[list[TrainBatch]]:
    """Yield the batches of the steps, epoch after epoch."""
    for epoch in itertools.count(1):
        yield from training.train_loader.epoch(epoch)


class _Shown:
    """Receive a step as a progress line does."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def advance(self, **values: Any) -> None:
        self.values |= values


def _told(found: Rates) -> str:
    """Return what to say."""
    if found.suggested is None:
        return (
            f"--find_lr: the loss neither falls nor rises at rates from {LOWEST:g} to {max(found.rates):.2g}; try more "
            "steps (--find_lr 300), and --overfit 100 to see whether the network can learn at all"
        )
    if found.lowest is not None:
        falls = (
            f"falls from {found.smoothed[0]:.4g} to {min(found.smoothed):.4g}, lowest at a rate of {found.lowest:.2g}"
        )
    else:
        steps = len(found.rates)
        falls = f"does not fall in {counted(steps, 'step')}, and rises from a rate of {found.rises_from:.2g} on"
        falls += f" (--find_lr {3 * steps} looks longer)"
    return f"the smoothed loss {falls}; a tenth of it is a rate to begin with: --set learning_rate={found.suggested:g}"
