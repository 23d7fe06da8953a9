"""Metrics of videos of one class each. scikit-learn does the arithmetic where there is any."""

from dataclasses import dataclass

import numpy as np

from pyvideoai.metrics.metric import Metric
from pyvideoai.metrics.outcomes import NO_CLASS, Outcomes


@dataclass(frozen=True)
class TopK(Metric):
    """Share of samples with the label among the `k` most probable classes, in percent; 100 where k are all."""

    k: int

    @property
    def name(self) -> str:
        return f"top{self.k}"

    @property
    def title(self) -> str:
        return f"top-{self.k}"

    def __call__(self, outcomes: Outcomes) -> float:
        within = (outcomes.label_ranks < self.k) & outcomes.finite
        return 100 * float(within.mean())


@dataclass(frozen=True)
class Top1(TopK):
    """Share of samples whose most probable class is the label, in percent."""

    k: int = 1


@dataclass(frozen=True)
class Top5(TopK):
    """Share of samples with the label among the five most probable classes, in percent; 100 where five are all."""

    k: int = 5


@dataclass(frozen=True)
class MeanClassAccuracy(Metric):
    """Mean over the classes that occur of the share of their samples that is right (balanced accuracy), in percent."""

    def __call__(self, outcomes: Outcomes) -> float:
        from sklearn.metrics import recall_score

        present = np.unique(outcomes.labels)
        return 100 * recall_score(outcomes.labels, outcomes.predicted, labels=present, average="macro", zero_division=0)


@dataclass(frozen=True)
class MacroF1(Metric):
    """Mean over the classes that occur or are predicted of the F1 score, in percent."""

    name = "macro_f1"
    title = "macro F1"

    def __call__(self, outcomes: Outcomes) -> float:
        from sklearn.metrics import f1_score

        shown = np.setdiff1d(np.union1d(outcomes.labels, outcomes.predicted), [NO_CLASS])
        return 100 * f1_score(outcomes.labels, outcomes.predicted, labels=shown, average="macro", zero_division=0)


@dataclass(frozen=True)
class ExpectedCalibrationError(Metric):
    """Mean distance between confidence and accuracy over `bins` equal intervals of confidence, in percent.

    Weighted by the samples in each interval (Guo et al. 2017, arXiv:1706.04599). NaN where an output is not finite.
    """

    bins: int = 15

    name = "ece"
    title = "calibration error"
    higher_is_better = False

    def __call__(self, outcomes: Outcomes) -> float:
        if not outcomes.finite.all():
            return float("nan")
        confidence = outcomes.probabilities.max(axis=1).astype(np.float64)
        right = outcomes.predicted == outcomes.labels
        interval = np.clip(np.ceil(confidence * self.bins).astype(int) - 1, 0, self.bins - 1)
        gaps = np.bincount(interval, weights=right - confidence, minlength=self.bins)
        return 100 * float(np.abs(gaps).sum() / len(outcomes))


@dataclass(frozen=True)
class LossDoubleSoftmax(Metric):
    """Cross entropy that takes probabilities for logits and applies softmax again.

    The validation loss that kiyoon/PyVideoAI's plateau schedules followed: its networks applied softmax in evaluation.
    With C classes it is never below log(1 + (C - 1) / e), 2.96 for HMDB-51. For reproducing its recipes only.
    """

    title = "loss, softmax twice"
    percent = False
    higher_is_better = False

    def __call__(self, outcomes: Outcomes) -> float:
        exact = outcomes.probabilities.astype(np.float64)
        own = np.take_along_axis(exact, outcomes.labels[:, None], axis=1)[:, 0]
        return float((np.log(np.exp(exact).sum(axis=1)) - own).mean())
