"""Metrics: objects that know their name, their title and which way is better. scikit-learn does the arithmetic.

An experiment lists them (`metrics = [Top1(), Top5()]`); a value is addressed as "<split>/<name>", such as "val/top1".
Importing this package loads NumPy and nothing heavier.
"""

from pyvideoai.metrics.by_class import ClassScores, class_scores, recalls
from pyvideoai.metrics.calibration import Reliability, reliability
from pyvideoai.metrics.intervals import interval95
from pyvideoai.metrics.loss import Loss
from pyvideoai.metrics.metric import Metric, telling
from pyvideoai.metrics.multi_label import MeanAveragePrecision, average_precisions
from pyvideoai.metrics.outcomes import Outcomes, confusion
from pyvideoai.metrics.single_label import (
    ExpectedCalibrationError,
    LossDoubleSoftmax,
    MacroF1,
    MeanClassAccuracy,
    Top1,
    Top5,
    TopK,
)
from pyvideoai.metrics.slices import Slice, slices

__all__ = [
    "ClassScores",
    "ExpectedCalibrationError",
    "Loss",
    "LossDoubleSoftmax",
    "MacroF1",
    "MeanAveragePrecision",
    "MeanClassAccuracy",
    "Metric",
    "Outcomes",
    "Reliability",
    "Slice",
    "Top1",
    "Top5",
    "TopK",
    "average_precisions",
    "class_scores",
    "confusion",
    "interval95",
    "recalls",
    "reliability",
    "slices",
    "telling",
]
