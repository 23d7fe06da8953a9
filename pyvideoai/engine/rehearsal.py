"""--check: whatever a run would call is called once, part by part; nothing is trained, and nothing is written.

A part is a function that returns what it found, in a line. It raises a UserError where the run would fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyvideoai.config.load import Config
from pyvideoai.data.splits import Tables
from pyvideoai.engine.checks import check_experiment
from pyvideoai.engine.meter import EpochMeter
from pyvideoai.engine.processes import start_processes
from pyvideoai.engine.read_all import read_all
from pyvideoai.engine.run import say_what_runs, splits_of
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.training import Training
from pyvideoai.reporting.reporter import Reporter


def check(config: Config, tables: Tables, *, base: Path) -> int:
    """Rehearse the run whose versions would lie in `base`; returns the exit code."""
    splits = splits_of(config, tables)
    with start_processes(config.exp.device) as processes:
        check_experiment(config, processes.world)
        reporter = Reporter(None, enabled=processes.is_main)
        reporter.log(config.table())
        say_what_runs(reporter, config, splits, processes, None)
        training = build_training(config, splits, processes, None, reporter)
        rehearsal = Rehearsal(training, base)
        for name, part in PARTS.items():
            reporter.log(f"ok  {name}: {part(rehearsal)}")
        training.signals.restore()
        reporter.log("nothing was trained or written")
    return 0


@dataclass
class Rehearsal:
    """What the parts look at, and what earlier ones leave for later ones."""

    training: Training
    base: Path


def _training_step(rehearsal: Rehearsal) -> str:
    """One batch is decoded and goes forward and backward."""
    training = rehearsal.training
    meter = EpochMeter(training.processes, training.task, epoch=1, steps=1, log_period=1)
    training.rehearse_step(meter)
    return "one batch was decoded and went forward and backward"


def _schedule(rehearsal: Rehearsal) -> str:
    """The learning rate of the first, the middle and the last step."""
    exp, steps = rehearsal.training.config.exp, rehearsal.training.train_loader.steps
    if exp.lr_factor is None:
        return "a constant rate" if exp.scheduler is None else "the scheduler was made and stepped"
    last = exp.num_epochs - 1 / steps
    factors = [exp.lr_factor(epoch) for epoch in (0.0, last / 2, last)]
    return "lr_factor is {:.3g} in the first step, {:.3g} in the middle, {:.3g} in the last".format(*factors)


def _videos(rehearsal: Rehearsal) -> str:
    """Every file of a small dataset is opened and a clip of it decoded."""
    return read_all(rehearsal.training)


PARTS: dict[str, Callable[[Rehearsal], str]] = {
    "videos": _videos,
    "training step": _training_step,
    "schedule": _schedule,
}
