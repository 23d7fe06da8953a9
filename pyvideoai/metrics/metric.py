"""The base class of every metric. To define your own in a config, write one function of the outcomes.

class Auroc(Metric):
    def __call__(self, outcomes):
        return 100 * roc_auc_score(outcomes.labels, outcomes.probabilities[:, 1])
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from pyvideoai.metrics.outcomes import Outcomes


class Metric(ABC):
    """Compute one number from the outcomes of a split.

    name: the CSV column and TensorBoard tag. Default: the class's name in small letters ("mean_class_accuracy"). title:
    the text in console lines and figures. Default: the name with blanks.
    percent: whether the value runs from 0 to 100 %. higher_is_better: the direction of a better value. multi_label:
    whether the metric measures multi-label data.
    """

    name: Any  # text; `Any` lets a metric with parameters have it as a property
    title: Any
    percent: bool = True
    higher_is_better: bool = True
    multi_label: bool = False

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        # `name: Any` above is an annotation only, and makes no attribute.
        if not hasattr(cls, "name"):
            cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        if not hasattr(cls, "title"):
            cls.title = cls.name.replace("_", " ")

    @abstractmethod
    def __call__(self, outcomes: Outcomes) -> float: ...

    def number(self, value: float) -> str:
        """Format a value: percent with 1 decimal, losses and the like with 3."""
        return f"{value:.1f}" if self.percent else f"{value:.3f}"

    def says_something(self, classes: int) -> bool:
        """Return whether the metric can tell two networks apart with so many classes. Otherwise it is left out, unless
        the experiment's own `metrics` lists it.
        """
        return True

    def note(self, outcomes: Outcomes, classes: tuple[str, ...]) -> str:
        """Say what the number leaves out, such as classes without videos; return "" if it leaves out nothing."""
        return ""


def telling(metrics: Iterable[Metric], classes: int) -> list[Metric]:
    """Return the metrics that can tell networks of this many classes apart: with five classes, not top-5."""
    return [metric for metric in metrics if metric.says_something(classes)]
