"""What a run measures and which of it chooses: the experiment's settings, or what the dataset's labels suggest."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

from pyvideoai.config.guard import Guard, in_words, plain
from pyvideoai.config.load import Config
from pyvideoai.metrics import (
    MeanAveragePrecision,
    MeanClassAccuracy,
    Metric,
    MultiLabelOutcomes,
    Outcomes,
    Top1,
    Top5,
)

SINGLE_LABEL = (Top1(), Top5(), MeanClassAccuracy())
MULTI_LABEL = (MeanAveragePrecision(),)


@dataclass(frozen=True)
class Goal:
    """metrics: what is reported besides the loss. select: the value behind best.pth, such as "val/top1"."""

    metrics: tuple[Metric, ...]
    select: str

    @property
    def main(self) -> str:
        """The name of the first metric, "top1" or "map"; "loss" where there is none."""
        return self.metrics[0].name if self.metrics else "loss"


@dataclass(frozen=True)
class GuardedMetric:
    """A metric of the experiment's list, which tells what is wrong within it and with what it returns."""

    metric: Metric
    guard: Guard

    def __getattr__(self, name: str) -> Any:
        return getattr(self.metric, name)

    def __call__(self, outcomes: Outcomes | MultiLabelOutcomes) -> float:
        """The metric as a number. Raises ConfigError."""
        name = type(self.metric).__name__
        value = self.guard.run(self.metric, outcomes, doing=f"the metric {name}")
        number = plain(value)
        if not isinstance(number, Real):
            raise self.guard.told(f"the metric {name} returned {in_words(value)}; it must return one number")
        return float(number)


def goal_of(config: Config) -> Goal:
    """The settings `metrics` and `select`; where they are None, those of single- or multi-label datasets."""
    metrics, select = config.exp.metrics, config.exp.select
    if metrics is None:
        metrics = MULTI_LABEL if config.dataset.multi_label else SINGLE_LABEL
    else:
        metrics = tuple(GuardedMetric(each, config.exp.guard("metrics")) for each in metrics)
    return Goal(metrics, select or f"val/{Goal(metrics, '').main}")
