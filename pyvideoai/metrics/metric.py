"""The metrics that an experiment may list."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from pyvideoai.metrics.multi_label import MultiLabelOutcomes
from pyvideoai.metrics.outcomes import Outcomes


@runtime_checkable
class Metric(Protocol):
    """A number made of outcomes. `name` is its CSV column and TensorBoard tag, `title` what people read.

    multi_label: whether it is made of `MultiLabelOutcomes`, and so belongs to datasets with multi_label = True.
    """

    name: str
    title: str
    percent: bool
    higher_is_better: bool
    multi_label: bool

    def __call__(self, outcomes: Outcomes | MultiLabelOutcomes) -> float: ...


@dataclass(frozen=True)
class Top1:
    """Share of samples whose most probable class is the label, in percent."""

    name = "top1"
    title = "top-1"
    percent = True
    higher_is_better = True
    multi_label = False

    def __call__(self, outcomes: Outcomes) -> float:
        from sklearn.metrics import accuracy_score

        return 100 * accuracy_score(outcomes.labels, outcomes.ranked[:, 0])


@dataclass(frozen=True)
class Top5:
    """Share of samples with the label among the five most probable classes, in percent; 100 where five are all."""

    name = "top5"
    title = "top-5"
    percent = True
    higher_is_better = True
    multi_label = False

    def __call__(self, outcomes: Outcomes) -> float:
        return 100 * float((outcomes.ranked == outcomes.labels[:, None]).any(1).mean())


@dataclass(frozen=True)
class MeanClassAccuracy:
    """Mean over the classes that occur of the share of their samples that is right (balanced accuracy), in percent."""

    name = "mean_class_accuracy"
    title = "mean class accuracy"
    percent = True
    higher_is_better = True
    multi_label = False

    def __call__(self, outcomes: Outcomes) -> float:
        from sklearn.metrics import recall_score

        present = np.unique(outcomes.labels)
        return 100 * recall_score(
            outcomes.labels, outcomes.ranked[:, 0], labels=present, average="macro", zero_division=0
        )


@dataclass(frozen=True)
class Loss:
    """Cross entropy: mean minus log probability of the label, in nats; of several, binary. Always reported."""

    name = "loss"
    title = "loss"
    percent = False
    higher_is_better = False
    multi_label = False

    def __call__(self, outcomes: Outcomes | MultiLabelOutcomes) -> float:
        return float(outcomes.nll.mean())


@dataclass(frozen=True)
class LossDoubleSoftmax:
    """Cross entropy that takes probabilities for logits and applies softmax again.

    The validation loss that kiyoon/PyVideoAI's plateau schedules followed: its networks applied softmax in evaluation.
    With C classes it is never below log(1 + (C - 1) / e), 2.96 for HMDB-51. For reproducing its recipes only.
    """

    name = "loss_double_softmax"
    title = "loss, softmax twice"
    percent = False
    higher_is_better = False
    multi_label = False

    def __call__(self, outcomes: Outcomes) -> float:
        return float(outcomes.nll_double_softmax.mean())
