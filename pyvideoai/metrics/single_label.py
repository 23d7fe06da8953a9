"""Metrics of single-label data. scikit-learn computes those that it has."""

from dataclasses import dataclass

import numpy as np

from pyvideoai.metrics.calibration import BINS, reliability
from pyvideoai.metrics.metric import Metric
from pyvideoai.metrics.outcomes import NO_CLASS, Outcomes


@dataclass(frozen=True)
class TopK(Metric):
    """Return the share of samples whose label is among the `k` most probable classes, in percent.

    With k or fewer classes that is 100 for every sample with a finite output.
    """

    k: int

    @property
    def name(self) -> str:
        return f"top{self.k}"

    @property
    def title(self) -> str:
        return f"top-{self.k}"

    def says_something(self, classes: int) -> bool:
        return self.k < classes

    def __call__(self, outcomes: Outcomes) -> float:
        # `finite`: with k above the number of classes, the rank of a row that is not finite would do too.
        within = (outcomes.label_ranks < self.k) & outcomes.finite
        return 100 * float(within.mean())


@dataclass(frozen=True)
class Top1(TopK):
    """Return the share of samples whose most probable class is the label, in percent."""

    k: int = 1


@dataclass(frozen=True)
class Top5(TopK):
    """Return the share of samples whose label is among the five most probable classes, in percent.

    With five or fewer classes that is 100 for every sample with a finite output.
    """

    k: int = 5


@dataclass(frozen=True)
class MeanClassAccuracy(Metric):
    """Average the accuracy of each class (balanced accuracy), in percent. Classes without samples are left out."""

    def __call__(self, outcomes: Outcomes) -> float:
        from sklearn.metrics import recall_score

        present = np.unique(outcomes.labels)
        return 100 * recall_score(outcomes.labels, outcomes.predicted, labels=present, average="macro", zero_division=0)


@dataclass(frozen=True)
class MacroF1(Metric):
    """Average the F1 score of each class, in percent. Classes that are neither a label nor predicted are left out."""

    name = "macro_f1"
    title = "macro F1"

    def __call__(self, outcomes: Outcomes) -> float:
        from sklearn.metrics import f1_score

        shown = np.setdiff1d(np.union1d(outcomes.labels, outcomes.predicted), [NO_CLASS])
        return 100 * f1_score(outcomes.labels, outcomes.predicted, labels=shown, average="macro", zero_division=0)


@dataclass(frozen=True)
class ExpectedCalibrationError(Metric):
    """Average the distance between confidence and accuracy over `bins` equal intervals of confidence, in percent.

    Each interval is weighted by its number of samples (Guo et al. 2017, arXiv:1706.04599). The value is NaN if any
    output is not finite.
    """

    bins: int = BINS

    name = "ece"
    title = "calibration error"
    higher_is_better = False

    def __call__(self, outcomes: Outcomes) -> float:
        if not outcomes.finite.all():
            return float("nan")
        right = outcomes.predicted == outcomes.labels
        return 100 * reliability(outcomes.probabilities.max(axis=1), right, self.bins).error


@dataclass(frozen=True)
class LossDoubleSoftmax(Metric):
    """Compute cross entropy as if the probabilities were logits, so that softmax is applied twice.

    Only for reproducing the recipes of kiyoon/PyVideoAI: its networks applied softmax in evaluation, and its plateau
    schedules followed this validation loss. With C classes it is never below log(1 + (C - 1) / e): 2.96 for HMDB-51.
    """

    title = "loss, softmax twice"
    percent = False
    higher_is_better = False

    def __call__(self, outcomes: Outcomes) -> float:
        exact = outcomes.probabilities.astype(np.float64)
        own = np.take_along_axis(exact, outcomes.labels[:, None], axis=1)[:, 0]
        return float((np.log(np.exp(exact).sum(axis=1)) - own).mean())
