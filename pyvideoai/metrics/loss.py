"""The loss as a metric; it is reported for every kind of data."""

from dataclasses import dataclass

from pyvideoai.metrics.metric import Metric
from pyvideoai.metrics.outcomes import Outcomes


@dataclass(frozen=True)
class Loss(Metric):
    """Average the losses of all samples: the experiment's own loss, or (binary) cross entropy in nats."""

    percent = False
    higher_is_better = False

    def __call__(self, outcomes: Outcomes) -> float:
        return float(outcomes.losses.mean())
