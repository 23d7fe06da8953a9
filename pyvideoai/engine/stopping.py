"""End a run before its last epoch: if the loss is not finite, too many videos fail, or the scores stop improving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyvideoai.errors import UserError


class Diverged(UserError):
    """The loss or a weight is not a finite number."""


class TooManyFailures(UserError):
    """More videos than `max_failed_share` allows could not be decoded."""


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
    # The first `epochs` measurements have none before them.
    return len(values) > epochs and max(values[-epochs:]) <= max(values[:-epochs])


@dataclass(frozen=True)
class NoProgress:
    """End a run once none of the last `epochs` measurements of a metric is better than the best one before them.

    on: the metric, such as "val/loss"; None: the one of `select`.
    """

    epochs: int
    on: str | None = None
