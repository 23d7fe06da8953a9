"""Choose what a run measures and which value selects its best epoch: by the experiment's settings, or the task's
default.
"""

from dataclasses import dataclass
from numbers import Real
from typing import Any

from pyvideoai.config.load import Config
from pyvideoai.config.run.guard import Guard, in_words
from pyvideoai.metrics import Metric, Outcomes
from pyvideoai.plain import plain
from pyvideoai.unpack import task_in


@dataclass(frozen=True)
class Selection:
    """Hold what is measured. metrics: reported besides the loss. select: the value that chooses best.pth, as
    "val/top1".
    """

    metrics: tuple[Metric, ...]
    select: str

    @property
    def main(self) -> str:
        """Return the name of the first metric, such as "top1" or "map"; "loss" if there is no metric."""
        return self.metrics[0].name if self.metrics else "loss"


@dataclass(frozen=True)
class GuardedMetric:
    """Wrap a metric of the experiment's list: an error inside it, or a value that is not a number, becomes one line."""

    metric: Metric
    guard: Guard

    def __getattr__(self, name: str) -> Any:
        # Python asks here only for what this class lacks: name, title, percent, ...
        return getattr(self.metric, name)

    def says_something(self, classes: int) -> bool:
        """Return True: the experiment asks for it."""
        return True

    def __call__(self, outcomes: Outcomes) -> float:
        """Return the metric as a number. Raises ConfigError."""
        name = type(self.metric).__name__
        value = self.guard.run(self.metric, outcomes, doing=f"the metric {name}")
        number = plain(value)
        if not isinstance(number, Real):
            raise self.guard.error(f"the metric {name} returned {in_words(value)}; it must return one number")
        return float(number)


def selection_of(config: Config) -> Selection:
    """Return the settings `metrics` and `select`; a setting that is None is replaced by the task's default."""
    metrics, select = config.exp.metrics, config.exp.select
    if metrics is None:
        chosen = (select or "").rpartition("/")[2]
        usual = task_in(config).metrics
        # select = "val/top5" asks for top-5 even where it says nothing: with five classes or fewer.
        metrics = tuple(_asked_for(each, config) if each.name == chosen else each for each in usual)
    else:
        metrics = tuple(_asked_for(each, config) for each in metrics)
    return Selection(metrics, select or f"val/{Selection(metrics, '').main}")


def selection_note(protocol: str) -> str:
    """Return the warning "selected on test", shown wherever the best checkpoint was chosen on the test list; else
    "".
    """
    return "selected on test" if protocol == "literature" else ""


def _asked_for(metric: Metric, config: Config) -> GuardedMetric:
    return GuardedMetric(metric, config.exp.guard("metrics"))
