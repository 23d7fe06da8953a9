"""--check: call everything that a run would call, part by part, once; train nothing and write nothing.

A part is a function that returns what it found, in one line. It raises a UserError where the run would fail.
"""

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from pyvideoai.config.load import Config
from pyvideoai.data.lists import Tables
from pyvideoai.data.splits import Splits
from pyvideoai.data.views import Views
from pyvideoai.engine.checks import check_experiment
from pyvideoai.engine.meter import EpochMeter
from pyvideoai.engine.outside import outside
from pyvideoai.engine.progress import Progress
from pyvideoai.engine.read_all import read_all
from pyvideoai.engine.runner import say_what_runs, splits_of
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.training import Training
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import refuse_unwritable
from pyvideoai.models.weights.find import PRETRAINED
from pyvideoai.processes import Processes, start_processes
from pyvideoai.reporting.lines import Wording
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.selection import selection_of
from pyvideoai.unpack import eval_clips, eval_loader, loader_options

SCORED = 8  # videos of a split, or as many as one batch holds: metrics need some of several classes


def check(config: Config, tables: Tables, *, base: Path) -> int:
    """Rehearse the run whose versions would lie in `base`; return the exit code."""
    splits = splits_of(config, tables)
    with start_processes(config.exp.device) as processes:
        check_experiment(config, processes.world)
        reporter = Reporter(None, enabled=processes.is_main, repeats_failures=False)
        reporter.log(config.table())
        say_what_runs(reporter, config, splits, processes, None)
        rehearsal = Rehearsal(config, splits, processes, reporter, base)
        for name, part in PARTS.items():
            reporter.log(f"ok  {name}: {part(rehearsal)}")
        reporter.log("nothing was trained or written")
    return 0


@dataclass
class Rehearsal:
    """Hold what the parts look at. values: those of the first epoch so far: "train/loss", "val/top1", ..."""

    config: Config
    splits: Splits
    processes: Processes
    reporter: Reporter
    base: Path
    values: dict[str, float] = field(default_factory=dict)

    @cached_property
    def training(self) -> Training:
        """Return all that a run consists of."""
        return build_training(self.config, self.splits, self.processes, None, self.reporter)


def _folders(rehearsal: Rehearsal) -> str:
    """Check that the run's folder, and that of published weights, can be written."""
    folders = [rehearsal.base, *([PRETRAINED.absolute()] if rehearsal.config.exp.pretrained else [])]
    for folder in folders:
        refuse_unwritable(folder)
    return f"{' and '.join(map(str, folders))} can be written"


def _paths(rehearsal: Rehearsal) -> str:
    """Count the videos that lie outside of the dataset's root."""
    tables = rehearsal.splits.tables().values()
    videos = list(dict.fromkeys(video for table in tables for video in table["video"]))
    return outside(rehearsal.config.dataset.root, videos)


def _build(rehearsal: Rehearsal) -> str:
    """Call `load_model`, `wrap_model`, `optimiser`, `scheduler`, `sampler`, `class_counts`; load the
    pretrained weights.
    """
    training = rehearsal.training
    return f"{type(training.model).__name__} and {type(training.optimiser).__name__} were made"


def _training_step(rehearsal: Rehearsal) -> str:
    """Decode a batch, augment it, run it forward and backward, measure it: `target`, `loss`, `metrics`."""
    training = rehearsal.training
    meter = EpochMeter(training.processes, training.task, epoch=1, steps=1, log_period=1)
    training.rehearse_step(meter)
    rehearsal.values |= meter.values(selection_of(rehearsal.config).metrics) | {"learning_rate": training.learning_rate}
    rehearsal.reporter.failures("train", meter.all_failures())
    if not math.isfinite(loss := rehearsal.values["train/loss"]):
        raise UserError(f"the loss of the first step is {loss}, which ends a run; look at the network and its loss")
    shown, classes = _shown(rehearsal, rehearsal.values), len(rehearsal.splits.classes)
    return f"{counted(sum(meter.clips), 'clip')} went forward and backward, {counted(classes, 'output')} each: {shown}"


def _validation(rehearsal: Rehearsal) -> str:
    """Score videos of val as each epoch does."""
    exp = rehearsal.config.exp
    if rehearsal.splits.val is None:
        rehearsal.training.schedule.after_epoch({})
        return "there is no val split"
    told, values = _scored(rehearsal, rehearsal.splits.val, exp.val_views, "val")
    # Only then does a run have these values after epoch 1, when the hooks are asked.
    if exp.val_period == 1 or exp.num_epochs == 1:
        rehearsal.values |= values
    # A torch scheduler takes its step, so that a mistake in it shows.
    rehearsal.training.schedule.after_epoch(values)
    return told


def _final_score(rehearsal: Rehearsal) -> str:
    """Score some test videos (val videos for a dataset without a test split) as the end of a run does."""
    splits = rehearsal.splits
    split = splits.scored
    if split is None:
        return "nothing is scored: all videos are for training"
    return _scored(rehearsal, splits.tables()[split], rehearsal.config.exp.test_views, split)[0]


def _scored(rehearsal: Rehearsal, table: pd.DataFrame, views: Views, split: str) -> tuple[str, dict[str, float]]:
    """Return the message and the values for some of a split's videos, spread over its table."""
    config, options = rehearsal.config, loader_options(rehearsal.config, rehearsal.processes)
    count = min(max((eval_clips(config) or 0) // views.count, SCORED), len(table))
    # Spread over the table, since most lists are sorted by class.
    some = table.iloc[np.linspace(0, len(table) - 1, count).astype(int)].reset_index(drop=True)
    values = rehearsal.training.score(eval_loader(config, some, views, **options), split)
    told = _shown(rehearsal, values) if values else "none of them could be decoded"
    return f"{count} of {len(table)} videos of {split}, {views}: {told}", values


def _schedule(rehearsal: Rehearsal) -> str:
    """Evaluate the learning rate's factor in the first, the middle and the last step; a scheduler has stepped
    by now.
    """
    exp, steps = rehearsal.config.exp, rehearsal.training.train_loader.steps
    if exp.lr_factor is None:
        return "a constant rate" if exp.scheduler is None else "the scheduler was made and stepped"
    # Where the last step begins, in epochs.
    last = exp.num_epochs - 1 / steps
    factors = [exp.lr_factor(epoch) for epoch in (0.0, last / 2, last)]
    return "lr_factor is {:.3g} in the first step, {:.3g} in the middle, {:.3g} in the last".format(*factors)


def _videos(rehearsal: Rehearsal) -> str:
    """Open every file of a small dataset and decode a clip of it."""
    return read_all(rehearsal.training)


def _end_of_epoch(rehearsal: Rehearsal) -> str:
    """Call the hook `on_epoch_end` as after epoch 1, with the values measured here."""
    training = rehearsal.training
    training.progress = Progress(epoch=1, history=[{"epoch": 1, **rehearsal.values}])
    training.update_best(1, rehearsal.values)
    stops = training.wants_to_stop()
    if rehearsal.config.exp.on_epoch_end is None:
        return "the experiment has no on_epoch_end"
    return f"on_epoch_end was called once with these values and says {'stop' if stops else 'go on'}"


def _checkpoint(rehearsal: Rehearsal) -> str:
    """Write each part of a checkpoint to memory and read it back, as tensors and plain values only."""
    size = 0
    for name, part in rehearsal.training.state_dict().items():
        memory = io.BytesIO()
        try:
            torch.save(part, memory)
            size += memory.tell()
            memory.seek(0)
            torch.load(memory, weights_only=True)
        except Exception as error:  # of many types: the state is the user's optimiser's, or scheduler's
            reason = (str(error).splitlines() or [""])[0]
            told = "holds more than tensors, numbers, text, lists and dicts, and could not be resumed"
            raise UserError(f"the state of the {name} {told}: {type(error).__name__}: {reason}") from error
    return f"{size / 1e6:.1f} MB can be saved and read back"


def _shown(rehearsal: Rehearsal, values: Mapping[str, float]) -> str:
    """Return loss and metrics as people read them."""
    wording = Wording(selection_of(rehearsal.config).metrics)
    return ", ".join(wording.text(name.partition("/")[2], value) for name, value in values.items() if "/" in name)


PARTS: dict[str, Callable[[Rehearsal], str]] = {
    "folders": _folders,
    "paths": _paths,
    "network and optimiser": _build,
    "videos": _videos,
    "training step": _training_step,
    "validation": _validation,
    "final score": _final_score,
    "schedule": _schedule,
    "end of an epoch": _end_of_epoch,
    "checkpoint": _checkpoint,
}
