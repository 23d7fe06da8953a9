"""Report a run to people: console, files and figures go through one object, silent in all but the main process."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.config.run.guard import Guard
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.files import write_whole
from pyvideoai.metrics import Metric
from pyvideoai.reporting.classes import draw_average_precisions
from pyvideoai.reporting.clip_losses import CLIP_LOSSES, ClipOutcomes, add_epoch
from pyvideoai.reporting.confusion import draw_confusion
from pyvideoai.reporting.console import Bar, Console, EpochProgress
from pyvideoai.reporting.figures import Curves, draw_curves
from pyvideoai.reporting.first_batch import draw_clips
from pyvideoai.reporting.lettering import class_labels, legend
from pyvideoai.reporting.lines import DEFAULT_SELECT, Row, Wording, epoch_line, failure_lines
from pyvideoai.reporting.loggers import Logger, Loggers, StartedRun
from pyvideoai.reporting.pen import read_picture
from pyvideoai.reporting.summary import write_summary
from pyvideoai.reporting.tolerance import Tolerance
from pyvideoai.tasks import ClassPrecisions, Confusion

if TYPE_CHECKING:
    from pyvideoai.data.batches import Failure

FIGURES_PERIOD_S = 20.0
FIGURES_SHARE = 0.03  # of the time, at most, that drawing takes
ClassFigure = Confusion | ClassPrecisions


class Reporter:
    """Write the console, log file, summary.csv, TensorBoard and figures of one run.

    folder: None writes no file. enabled: False does nothing at all, as in processes other than the main one. select:
    the value that chooses the best epoch. note: a warning shown next to that choice, such as "selected on test".
    metrics: the experiment's own, which know their titles. repeats_failures: False says nothing of videos that could
    not be decoded and are named already.
    """

    def __init__(
        self,
        folder: ExperimentFolder | None,
        *,
        enabled: bool = True,
        select: str = DEFAULT_SELECT,
        note: str = "",
        metrics: Sequence[Metric] = (),
        loggers: Sequence[Logger] = (),
        guard: Guard | None = None,
        repeats_failures: bool = True,
    ) -> None:
        self._repeats_failures = repeats_failures
        self.select, self.note, self.wording = select, note, Wording(tuple(metrics))
        self._console = Console(folder.logs / "train.log" if folder else None, enabled=enabled)
        self._files = Files(folder, select, note, self.wording, say=self.log) if folder and enabled else None
        self._loggers = Loggers(loggers if folder and enabled else (), guard, say=self.log)
        self._named_failures: set[tuple[str, str]] = set()
        self._epoch_seconds: list[float] = []
        self._epoch_started = time.monotonic()

    def log(self, text: str) -> None:
        """Write a line, or several, to the console and the log file."""
        self._console.log(text)

    def start(self, run: StartedRun) -> None:
        """Start the loggers."""
        self._loggers.start(run)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Tell the loggers how the run ended: well, or by what was raised, which is passed on."""
        try:
            yield
        except BaseException as error:
            self._loggers.finish("fail", _reason(error))
            raise
        self._loggers.finish("end")

    @contextmanager
    def epoch_progress(self, epoch: int, num_epochs: int, steps: int, *, done: int = 0) -> Iterator[EpochProgress]:
        """Show the progress line of a training epoch, `done` of whose steps an earlier process has taken; its values
        also become TensorBoard's curves over steps.
        """
        self._epoch_started = time.monotonic()
        with self._console.bar(f"epoch {epoch}/{num_epochs}", steps, done) as bar:
            yield EpochProgress(bar, record=lambda step, values: self._record(epoch, step, steps, values), done=done)

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Bar]:
        """Show a progress line over `total` videos; call `.update(count)` on it."""
        with self._console.bar(title, total) as bar:
            yield bar

    def first_batch(
        self, shown: Callable[[Sequence[str]], Sequence[tuple[str, np.ndarray]]], classes: Sequence[str]
    ) -> None:
        """Draw plots/first_batch.png.

        shown: a function of the classes' names (as figures show them) that returns clips (title, uint8 (T, H, W, 3)).
        It is called only in the process that draws.
        """
        if self._files:
            with self._files.tolerance.of("plots/first_batch.png"):
                path = self._files.folder.plots / "first_batch.png"
                draw_clips(path, shown(self._files.labels(classes)))
                self._tell_picture(path, 1)

    def clip_losses(self, epoch: int, of_clips: ClipOutcomes, rows: int) -> None:
        """Add an epoch to logs/clip_losses.npz. rows: of the training table."""
        if self._files:
            with self._files.tolerance.of(CLIP_LOSSES):
                add_epoch(self._files.folder.logs / CLIP_LOSSES, epoch, of_clips, rows)

    def samples(self, split: str, epoch: int, shown: Sequence[tuple[str, np.ndarray]]) -> None:
        """Draw plots/<split>_samples.png: clips (title, uint8 (T, H, W, 3)) with what the network says of them."""
        if self._files and shown:
            with self._files.tolerance.of(f"plots/{split}_samples.png"):
                path = self._files.folder.plots / f"{split}_samples.png"
                draw_clips(path, shown)
                self._tell_picture(path, epoch)

    def distribution(self, name: str, epoch: int, values: np.ndarray) -> None:
        """Tell the loggers numbers of which there is one for each class, such as "val/recall"."""
        self._loggers.tell("distribution", name, epoch, values)

    def tolerating(self, report: str) -> AbstractContextManager[None]:
        """Return the context of writing `report`, which the run can do without: a fault of the machine is reported."""
        return self._files.tolerance.of(report) if self._files else nullcontext()

    def labels(self, classes: Sequence[str]) -> list[str]:
        """Return the names of the classes as figures show them."""
        return self._files.labels(classes) if self._files else list(classes)

    def failures(self, split: str, failures: Sequence["Failure"]) -> None:
        """Report the videos that could not be decoded: their number every time, each name and reason once in a run."""
        if failures:
            found = list(dict.fromkeys((failure.video, failure.reason) for failure in failures))
            new = [each for each in found if each not in self._named_failures]
            self._named_failures.update(new)
            if not new and not self._repeats_failures:
                return
            self.log("\n".join(failure_lines(split, len(found), new)))

    def epoch(self, history: Sequence[Row], best_epoch: int | None, num_epochs: int) -> None:
        """Report the last epoch of `history`."""
        self._epoch_seconds.append(time.monotonic() - self._epoch_started)
        self.log(self._epoch_line(history, best_epoch, num_epochs))
        if self._files:
            self._files.epoch(history, best_epoch)
        self._loggers.tell("epoch", history[-1])

    def resume(
        self, history: Sequence[Row], best_epoch: int | None = None, *, num_epochs: int = 0, steps: int = 0
    ) -> None:
        """Make the files end where the run goes on: cut off what lies after it, add what is missing.

        steps: that were taken after the last epoch of `history`.
        """
        if history and not self._console.has_logged(f" epoch {history[-1]['epoch']:.0f}/"):
            self.log(self._epoch_line(history, best_epoch, num_epochs))  # a kill came between saving and saying it
        if self._files:
            self._files.resume(history, best_epoch)
        self._loggers.tell("resume", list(history), steps)

    def _epoch_line(self, history: Sequence[Row], best_epoch: int | None, num_epochs: int) -> str:
        seconds = self._epoch_seconds or [history[-1].get("runtime_s", 0.0)]
        return epoch_line(
            history,
            best_epoch=best_epoch,
            num_epochs=num_epochs,
            select=self.select,
            seconds=seconds[-1],
            left_s=float(np.mean(seconds)) * (num_epochs - history[-1]["epoch"]),
            note=self.note,
            wording=self.wording,
        )

    def flush(self) -> None:
        """Let loggers write what they were told: the state that is saved next is never ahead of them."""
        self._loggers.tell("flush")

    def test(self, which: str, epoch: int, values: Row, figure: ClassFigure | None, classes: Sequence[str]) -> None:
        """Report the final score of the "last" or "best" weights, saved after `epoch`.

        values: "test/top1", ... figure: the task's figure of the classes; None if nothing was scored.
        """
        if self._files:
            self._files.test(which, epoch, values, figure, classes)
        self._loggers.tell("test", which, epoch, values)
        for picture in ("confusion", "average_precision") if self._files and figure is not None else ():
            self._tell_picture(self._files.folder.plots / f"{picture}_{which}.png", epoch)

    def close(self) -> None:
        """Finish and close the files."""
        if self._files:
            self._files.close()
        self._console.close()

    def _tell_picture(self, path: Path, epoch: int) -> None:
        if path.exists():
            self._loggers.tell("picture", path.stem, epoch, read_picture(path))

    def _record(self, epoch: int, step: int, steps: int, values: Row) -> None:
        self._loggers.tell("step", (epoch - 1) * steps + step, values)


class Files:
    """Write what a run keeps besides its log: summary.csv, TensorBoard, figures. say: writes a line to the console."""

    def __init__(
        self, folder: ExperimentFolder, select: str, note: str, wording: Wording, *, say: Callable[[str], None]
    ) -> None:
        self.folder, self.note, self._say = folder, note, say
        self.tolerance = Tolerance(say)
        heading = " / ".join(folder.path.parts[-4:])  # dataset, model, experiment, version
        self.curves = Curves([], select=select, note=note, heading=heading, wording=wording)
        self._next_figures = 0.0
        self._stale = self._has_legend = False

    def epoch(self, history: Sequence[Row], best_epoch: int | None) -> None:
        self._summarise(history)
        self._show(history, best_epoch)
        if time.monotonic() >= self._next_figures:
            self._draw()

    def resume(self, history: Sequence[Row], best_epoch: int | None) -> None:
        self._summarise(history)
        self._show(history, best_epoch)

    def test(self, which: str, epoch: int, values: Row, figure: ClassFigure | None, classes: Sequence[str]) -> None:
        split = next(iter(values), "test/").split("/")[0]
        self.curves.tests[f"{split}, {which} weights"] = (epoch, values)
        self._stale = True
        if figure is not None:
            scores = ", ".join(self.curves.wording.text(name, value) for name, value in _by_name(values).items())
            heading = f"{split}, {which} weights (epoch {epoch}{self.note and f', {self.note}'}): {scores}"
            with self.tolerance.of(f"the figure of {which}'s classes"):
                self._draw_classes(which, figure, classes, heading)

    def labels(self, classes: Sequence[str]) -> list[str]:
        """Return the names of the classes as figures show them.

        If a name can't be drawn, its class is shown by its number, which plots/classes.txt and a console line explain.
        """
        labels, hidden = class_labels(classes)
        if hidden and not self._has_legend:
            self._has_legend = True
            path = self.folder.plots / "classes.txt"
            write_whole(path, legend(classes))
            names = f"{len(hidden)} of {len(classes)} class names, such as {hidden[0]}"
            self._say(f"no installed font has all characters of {names}: figures show their numbers, see {path}")
        return labels

    def _draw_classes(self, which: str, figure: ClassFigure, classes: Sequence[str], heading: str) -> None:
        labels = self.labels(classes)
        if isinstance(figure, ClassPrecisions):
            path = self.folder.plots / f"average_precision_{which}.png"
            draw_average_precisions(path, figure.precisions, figure.positives, labels, heading)
        else:
            draw_confusion(self.folder.plots / f"confusion_{which}.png", figure.counts, labels, heading)

    def close(self) -> None:
        if self._stale:
            self._draw()

    def _summarise(self, history: Sequence[Row]) -> None:
        """Write summary.csv. It has all epochs each time, so that the next epoch, or a resume, mends what failed."""
        with self.tolerance.of("summary.csv"):
            write_summary(self.folder.summary, history, self.note)

    def _show(self, history: Sequence[Row], best_epoch: int | None) -> None:
        self.curves.history, self.curves.best_epoch = list(history), best_epoch
        self._stale = bool(history)

    def _draw(self) -> None:
        """Draw the curves, then wait so long with the next drawing that figures cost a small share of the time."""
        before = time.monotonic()
        with self.tolerance.of("a plot"):
            draw_curves(self.folder.plots, self.curves)
        now = time.monotonic()
        self._next_figures = now + max(FIGURES_PERIOD_S, (now - before) / FIGURES_SHARE)
        self._stale = False


def _reason(error: BaseException) -> str:
    """Put an error into one line. Python's own have messages that say little without their type: KeyError: 'x'."""
    kind = type(error)
    told = f"{kind.__name__}: {error}" if kind.__module__ == "builtins" else str(error) or kind.__name__
    return " ".join(told.split()).removesuffix(":")


def _by_name(values: Row) -> dict[str, float]:
    return {name.rpartition("/")[2]: value for name, value in values.items()}
