"""What a run measures, and which value chooses its best epoch: the experiment's settings, else the task's own."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

from pyvideoai.config.load import Config
from pyvideoai.config.run.guard import Guard, in_words, plain
from pyvideoai.metrics import Metric, Outcomes
from pyvideoai.tasks import task_of


@dataclass(frozen=True)
class Selection:
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

    def __call__(self, outcomes: Outcomes) -> float:
        """Return the metric as a number. Raises ConfigError."""
        name = type(self.metric).__name__
        value = self.guard.run(self.metric, outcomes, doing=f"the metric {name}")
        number = plain(value)
        if not isinstance(number, Real):
            raise self.guard.told(f"the metric {name} returned {in_words(value)}; it must return one number")
        return float(number)


def selection_of(config: Config) -> Selection:
    """Return the settings `metrics` and `select`; where they are None, what the task suggests."""
    metrics, select = config.exp.metrics, config.exp.select
    if metrics is None:
        metrics = task_of(config.dataset.multi_label).metrics
    else:
        metrics = tuple(GuardedMetric(each, config.exp.guard("metrics")) for each in metrics)
    return Selection(metrics, select or f"val/{Selection(metrics, '').main}")
