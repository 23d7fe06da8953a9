"""End a run before its last epoch: after a signal, if the loss is not finite, or without progress."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

from pyvideoai.errors import UserError
from pyvideoai.processes import Processes


class Stopped(Exception):
    """A signal asked the run to stop; the last epoch's checkpoint stands."""

    def __init__(self, signal_number: int, epoch: int) -> None:
        super().__init__(f"stopped by {signal.Signals(signal_number).name} in epoch {epoch}")
        self.exit_code = 128 + signal_number


class Diverged(UserError):
    """The loss or a weight is not a finite number."""


class TooManyFailures(UserError):
    """More videos than `max_failed_share` allows could not be decoded."""


class StopSignals:
    """Turn the first SIGTERM or SIGINT into a request that the loop answers between two steps; a second one
    acts at once.
    """

    def __init__(self) -> None:
        self.number = 0
        self._before = {number: signal.signal(number, self._request) for number in (signal.SIGTERM, signal.SIGINT)}

    def _request(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        self.restore()

    def restore(self) -> None:
        """Restore the signal handlers that were there before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def raise_if_any(self, processes: Processes, epoch: int) -> None:
        """Raise Stopped on every process if any process got a signal."""
        if processes.any(bool(self.number)):
            raise Stopped(self.number or signal.SIGTERM, epoch)


@dataclass(frozen=True)
class EpochState:
    """Describe a run to the hook `on_epoch_end`.

    epoch: epochs done. history: the values of each epoch ("val/top1", ...). best_epoch: the best one so far.
    """

    epoch: int
    num_epochs: int
    history: Sequence[Mapping[str, float]]
    best_epoch: int | None


def no_progress(history: Sequence[Mapping[str, float]], on: str, *, epochs: int, higher_is_better: bool = True) -> bool:
    """Return whether none of the last `epochs` measurements of a metric is better than the best one before them.

    def on_epoch_end(state):
        return no_progress(state.history, "val/top1", epochs=20)
    """
    values = [row[on] if higher_is_better else -row[on] for row in history if on in row]
    return len(values) > epochs and max(values[-epochs:]) <= max(values[:-epochs])
