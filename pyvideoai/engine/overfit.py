"""--overfit: the first thing to try, since a network that can't learn one batch by heart will learn nothing else."""

from typing import Any

from pyvideoai.engine.meter import EpochMeter
from pyvideoai.engine.stopping import Diverged
from pyvideoai.engine.training import Training
from pyvideoai.errors import counted
from pyvideoai.optim import batchnorm
from pyvideoai.reporting.lines import step_text
from pyvideoai.seeding import seed_everything

ENOUGH = 0.5  # share of its start that the loss must fall below; mixing and label smoothing keep it from going to 0
LINES = 10


def learn_one_batch(training: Training, steps: int) -> str:
    """Train on the batch of the first step again and again; return what is wrong, or "" if the loss falls.

    The clips are decoded once and augmented in the same way each time; the learning rate is the optimiser's own,
    without warm-up. Everything else is as in training: accumulation, dropout, batch norm, mixing, clipping. The final
    loss is the mean over the last tenth of the steps.
    """
    exp, processes = training.config.exp, training.processes
    batches = next(iter(training.train_loader.epoch(1)))
    seed_everything(exp.seed, stream="train", rank=processes.rank)
    batchnorm.train_mode(training.network, exp.bn)
    meter = EpochMeter(processes, training.task, epoch=1, steps=steps, log_period=1)
    shown = _Shown(training, steps)
    for step in range(1, steps + 1):
        norm = training.train_step(batches, meter)
        try:
            meter.end_step(step, training.learning_rate, norm, shown)
        except Diverged:
            return f"--overfit: the loss is not a finite number in step {step}; try a lower learning rate"
    tail = shown.losses[-max(steps // 10, 1) :]
    return _verdict(shown.losses[0], sum(tail) / len(tail), steps)


def _verdict(first: float, last: float, steps: int) -> str:
    if last < ENOUGH * first:
        return ""
    return (
        f"--overfit: the loss of one batch went from {first:.4g} to {last:.4g} in {counted(steps, 'step')} and not "
        f"below {100 * ENOUGH:g} % of its start; try more steps or another learning rate, else suspect labels, loss, "
        "what is frozen, or the network"
    )


class _Shown:
    """Receive steps as a progress line does; remember the losses and log some of the steps."""

    def __init__(self, training: Training, steps: int) -> None:
        self.reporter, self.steps = training.reporter, steps
        self.losses: list[float] = []

    def advance(self, **values: Any) -> None:
        self.losses.append(values["loss"])
        step = len(self.losses)
        if step in (1, self.steps) or step % max(self.steps // LINES, 1) == 0:
            self.reporter.log(f"step {step:>{len(str(self.steps))}}/{self.steps}  {step_text(values)}")
