"""All that a run tells people goes through one object; in processes other than the main one it is silent."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyvideoai.experiment import ExperimentFolder
from pyvideoai.reporting.console import Console, EpochProgress
from pyvideoai.reporting.lines import DEFAULT_SELECT, Row, epoch_line
from pyvideoai.reporting.summary import write_summary

if TYPE_CHECKING:
    from pyvideoai.data.batches import Failure


class Reporter:
    """Console, log file, summary.csv, TensorBoard and figures of one run.

    `folder`: None writes no file. `enabled`: False does nothing at all (other processes). `select`: the value that
    chooses the best epoch. `note`: stands wherever that choice shows, such as "selected on test".
    """

    def __init__(
        self,
        folder: ExperimentFolder | None,
        *,
        enabled: bool = True,
        select: str = DEFAULT_SELECT,
        note: str = "",
    ) -> None:
        self.folder = folder if enabled else None
        self.select, self.note = select, note
        self.console = Console(self.folder and self.folder.logs / "train.log", enabled=enabled)
        self._named_failures: set[tuple[str, str]] = set()
        self._epoch_seconds: list[float] = []
        self._epoch_started = time.monotonic()

    def log(self, text: str) -> None:
        """A line, or several, on the console and in the log file."""
        self.console.log(text)

    @contextmanager
    def epoch_progress(self, epoch: int, num_epochs: int, steps: int) -> Iterator[EpochProgress]:
        """The moving line of a training epoch; its values are also TensorBoard's curves over steps."""
        self._epoch_started = time.monotonic()
        with self.console.bar(f"epoch {epoch}/{num_epochs}", steps) as bar:
            yield EpochProgress(bar, record=lambda step, values: None)

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Any]:
        """A moving line over `total` videos: `.update(count)`."""
        with self.console.bar(title, total) as bar:
            yield bar

    def failures(self, split: str, failures: Sequence["Failure"]) -> None:
        """Name videos that could not be decoded: each of them once, the count every time."""
        if not failures:
            return
        keys = dict.fromkeys((failure.video, failure.reason) for failure in failures)
        new = [key for key in keys if key not in self._named_failures]
        self._named_failures.update(new)
        count = f"{len(keys)} video{'s' * (len(keys) > 1)} of {split} could not be decoded"
        self.log("\n".join([count if new else f"{count} (named above)", *(f"  {video}: {why}" for video, why in new)]))

    def epoch(self, history: Sequence[Row], best_epoch: int | None, num_epochs: int) -> None:
        """Report the last epoch of `history`."""
        self._epoch_seconds.append(time.monotonic() - self._epoch_started)
        seconds = self._epoch_seconds[-1]
        mean_s = sum(self._epoch_seconds) / len(self._epoch_seconds)
        if self.folder:
            write_summary(self.folder.summary, history, self.note)
        self.log(
            epoch_line(
                history,
                best_epoch=best_epoch,
                num_epochs=num_epochs,
                select=self.select,
                seconds=seconds,
                left_s=mean_s * (num_epochs - history[-1]["epoch"]),
                note=self.note,
            )
        )

    def resume(self, history: Sequence[Row]) -> None:
        """Bring the files to where `history` ends: what lies after is cut, what is missing added."""
        if self.folder:
            write_summary(self.folder.summary, history, self.note)

    def test(self, which: str, epoch: int, values: Row, predictions: Any, classes: Sequence[str]) -> None:
        """Report the final score of the "last" or "best" weights, which were saved after `epoch`."""

    def close(self) -> None:
        """Finish the files."""
        self.console.close()
