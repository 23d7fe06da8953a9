"""The base of every metric. A config may define its own: a name, a direction and one function of outcomes.

class Auroc(Metric):
    def __call__(self, outcomes):
        return 100 * roc_auc_score(outcomes.labels, outcomes.probabilities[:, 1])
"""

import re
from abc import ABC, abstractmethod

from pyvideoai.metrics.outcomes import Outcomes


class Metric(ABC):
    """A number made of outcomes.

    name: its CSV column and TensorBoard tag, by default the class's name in small letters ("mean_class_accuracy").
    title: what people read, by default the name in words. percent: whether it runs from 0 to 100 %.
    multi_label: whether it measures multi-label data. `note` adds what a reader must know beside the number.
    """

    name: str
    title: str
    percent: bool = True
    higher_is_better: bool = True
    multi_label: bool = False

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if not hasattr(cls, "name"):
            cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        if not hasattr(cls, "title"):
            cls.title = cls.name.replace("_", " ")

    @abstractmethod
    def __call__(self, outcomes: Outcomes) -> float: ...

    def number(self, value: float) -> str:
        """Format a value: percent with 1 decimal, losses and the like with 3."""
        return f"{value:.1f}" if self.percent else f"{value:.3f}"

    def note(self, outcomes: Outcomes, classes: tuple[str, ...]) -> str:
        """Say what the number leaves out, such as classes without videos; "" for nothing."""
        return ""
