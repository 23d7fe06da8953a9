"""The metrics that an experiment may list."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from pyvideoai.metrics.outcomes import Outcomes


@runtime_checkable
class Metric(Protocol):
    """A number made of outcomes. `name` is its CSV column and TensorBoard tag, `title` what people read."""

    name: str
    title: str
    percent: bool
    higher_is_better: bool

    def __call__(self, outcomes: Outcomes) -> float: ...


@dataclass(frozen=True)
class Top1:
    """Share of samples whose most probable class is the label, in percent."""

    name: str = "top1"
    title: str = "top-1"
    percent: bool = True
    higher_is_better: bool = True

    def __call__(self, outcomes: Outcomes) -> float:
        from sklearn.metrics import accuracy_score

        return 100 * accuracy_score(outcomes.labels, outcomes.ranked[:, 0])


@dataclass(frozen=True)
class Top5:
    """Share of samples whose label is among the five most probable classes, in percent; 100 with five classes or fewer."""

    name: str = "top5"
    title: str = "top-5"
    percent: bool = True
    higher_is_better: bool = True

    def __call__(self, outcomes: Outcomes) -> float:
        return 100 * float((outcomes.ranked == outcomes.labels[:, None]).any(1).mean())


@dataclass(frozen=True)
class MeanClassAccuracy:
    """Mean over the classes that occur of the share of their samples that is right (balanced accuracy), in percent."""

    name: str = "mean_class_accuracy"
    title: str = "mean class accuracy"
    percent: bool = True
    higher_is_better: bool = True

    def __call__(self, outcomes: Outcomes) -> float:
        from sklearn.metrics import recall_score

        present = np.unique(outcomes.labels)
        return 100 * recall_score(
            outcomes.labels, outcomes.ranked[:, 0], labels=present, average="macro", zero_division=0
        )


@dataclass(frozen=True)
class Loss:
    """Cross entropy: mean minus log probability of the label, in nats. Always reported."""

    name: str = "loss"
    title: str = "loss"
    percent: bool = False
    higher_is_better: bool = False

    def __call__(self, outcomes: Outcomes) -> float:
        return float(outcomes.nll.mean())


@dataclass(frozen=True)
class LossDoubleSoftmax:
    """Cross entropy that takes probabilities for logits and applies softmax again.

    The validation loss that kiyoon/PyVideoAI's plateau schedules followed, since its networks applied softmax in evaluation.
    With C classes it is never below log(1 + (C - 1) / e), 2.96 for HMDB-51. For reproducing its recipes only.
    """

    name: str = "loss_double_softmax"
    title: str = "loss, softmax twice"
    percent: bool = False
    higher_is_better: bool = False

    def __call__(self, outcomes: Outcomes) -> float:
        return float(outcomes.nll_double_softmax.mean())
