"""Where a run goes on that was stopped or killed: the newest state that can be read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyvideoai.checkpoint import newest_readable, point_links
from pyvideoai.data.splits import Splits
from pyvideoai.engine.provenance import differences
from pyvideoai.engine.training import Training
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter


@dataclass(frozen=True)
class LeftOff:
    """Hold the state that a run goes on from; without a path, it begins with epoch 1."""

    path: Path | None = None
    content: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: ExperimentFolder, splits: Splits, processes: Processes, reporter: Reporter) -> "LeftOff":
        """Read the newest state of a run that can be read; name those that can't. Raises UserError."""
        run = folder.read_run()
        if run["splits"] != splits.facts():
            raise UserError(
                f"the split tables are not those that {folder.path} was trained on, or their prepared copies are "
                "others; train a new version instead"
            )
        for line in differences(run, processes):
            reporter.log(line)
        path, content, faults = newest_readable(folder.weights, processes.device)
        for fault in faults:
            reporter.log(f"WARNING: {fault}; an older state is taken")
        if path is None and (folder.summary.exists() or not folder.weights.is_dir()):
            raise UserError(
                f"{folder.weights} has no checkpoint to go on from, though the run has had epochs; put one back, or "
                "train a new version instead"
            )
        return cls(path, content)

    def go_on(self, training: Training) -> None:
        """Let the training go on from here, and say where that is."""
        reporter = training.reporter
        if self.path is None:
            reporter.log("no epoch was finished yet: starting again with epoch 1")
            reporter.resume([])
            return
        training.resume(self.content, self.path)
        if training.saver is not None:
            training.saver.resumed_from(self.path)
            # A kill between a checkpoint and its links leaves last.pth and best.pth behind it.
            point_links(training.folder.weights, training.progress.epoch, training.kept_as_best)
        progress, point = training.progress, training.point
        num_epochs = training.config.exp.num_epochs
        reporter.resume(progress.history, progress.best_epoch, num_epochs=num_epochs, steps=point.steps)
        if point.is_start:
            reporter.log(f"going on after epoch {progress.epoch}")
        else:
            step = f"step {point.steps} of {training.train_loader.steps}"
            reporter.log(f"going on in epoch {progress.epoch + 1}, after {step}")
