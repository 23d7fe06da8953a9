"""Show some videos of a split with what the network says of them, and how well each class is recognised."""

from collections.abc import Sequence

import numpy as np

from pyvideoai.metrics import recalls
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.predictions import Predictions

VIDEOS = 6
TIMES = 10  # drawings in a run


def rows_to_show(rows: int, rank: int, world: int) -> set[int]:
    """Return rows from all over a split, of those that process `rank` reads."""
    own = range(rank, rows, world)
    last = len(own) - 1
    return {own[round(last * number / (VIDEOS - 1))] for number in range(VIDEOS)} if own else set()


def show(
    reporter: Reporter, predictions: Predictions, split: str, epoch: int, num_epochs: int, classes: Sequence[str]
) -> None:
    """Report how well each class is recognised, and, in some epochs, samples with their true and predicted names."""
    if not len(predictions.rows):
        return
    truth, decided = predictions.task.by_class(predictions.outcomes)
    reporter.distribution(f"{split}/recall", epoch, 100 * recalls(truth.labels, decided))
    if epoch == 1 or epoch == num_epochs or epoch % max(num_epochs // TIMES, 1) == 0:
        reporter.samples(split, epoch, _titled(predictions, reporter.labels(classes)))


def _titled(predictions: Predictions, names: Sequence[str]) -> list[tuple[str, np.ndarray]]:
    places = {int(row): place for place, row in enumerate(predictions.rows)}
    truth = predictions.task.by_class(predictions.outcomes)[0].labels
    shown = [each for each in sorted(predictions.samples, key=lambda each: each.row) if each.row in places]
    return [
        (_title(truth[place], predictions.probabilities[place], names), each.clip)
        for each in shown
        for place in [places[each.row]]
    ]


def _title(truth: np.ndarray, probabilities: np.ndarray, names: Sequence[str]) -> str:
    """Put bool (C,) and float (C,) of a video into words."""
    true = ", ".join(names[number] for number in np.flatnonzero(truth).tolist()) or "no class"
    if not np.isfinite(probabilities).all():
        return f"{true}; the network gives no numbers"
    first = int(probabilities.argmax())
    return (
        f"{true}; predicted {names[first]} {100 * probabilities[first]:.0f} %: {'right' if truth[first] else 'WRONG'}"
    )
