"""What an epoch's reports take as a run grows: console, summary.csv, TensorBoard, figures."""

import contextlib
import io
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmark.scale.measured import Measured

EARLY = 10  # the epoch that the last one is compared with
AROUND = 4  # epochs before and after it, of which the median counts
STEPS = 10
VALUES = ("train/loss", "train/top1", "val/loss", "val/top1", "val/top5", "learning_rate", "clips_per_s", "runtime_s")


def measure(epochs: int) -> list[Measured]:
    """Return the processor time of an early and of the last epoch's reports, and of drawing the figures then."""
    import torch  # noqa: F401  (as a run has; it isn't what is measured)

    from pyvideoai.experiment import PARTS, ExperimentFolder
    from pyvideoai.reporting.figures import draw_curves
    from pyvideoai.reporting.loggers import StartedRun
    from pyvideoai.reporting.reporter import Reporter
    from pyvideoai.reporting.tensorboard import TensorBoard

    folder = ExperimentFolder(Path(tempfile.mkdtemp(), "a", "b", "c", "version_000"))
    for part in PARTS:
        (folder.path / part).mkdir(parents=True)
    rng, history, seconds = np.random.default_rng(0), [], []
    with contextlib.redirect_stdout(io.StringIO()):
        reporter = Reporter(folder, loggers=[TensorBoard()])
        reporter.start(StartedRun(folder.path, {}, {}, ["a", "b"], steps_per_epoch=STEPS))
        files = reporter._files
        files._draw = lambda: None  # they are drawn by the clock, 3 % of the time at most: measured by themselves
        for epoch in range(1, epochs + 1):
            history.append({"epoch": epoch, **dict(zip(VALUES, rng.random(len(VALUES)).tolist(), strict=True))})
            began = time.process_time()
            with reporter.epoch_progress(epoch, epochs, STEPS) as progress:
                for _ in range(STEPS):
                    progress.advance(loss=1.0, learning_rate=0.1)
            reporter.epoch(history, best_epoch=1, num_epochs=epochs)
            seconds.append(time.process_time() - began)
        began = time.process_time()
        draw_curves(folder.plots, files.curves)
        drawn = time.process_time() - began
    early, last = (float(np.median(seconds[at - AROUND : at + AROUND])) for at in (EARLY, epochs - AROUND))
    return [
        Measured(f"epoch {EARLY}'s lines, rows and points", 1000 * early, "ms"),
        Measured(f"epoch {epochs}'s", 1000 * last, "ms"),
        Measured("the figures then, at most 3 % of the time", drawn, "s"),
    ]
