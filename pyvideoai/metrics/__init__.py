"""Metrics: objects that know their name, their title and which way is better. scikit-learn does the arithmetic.

An experiment lists them (`metrics = [Top1(), Top5()]`); a value is addressed as "<split>/<name>", such as "val/top1".
Importing this package loads NumPy and nothing heavier.
"""

from pyvideoai.metrics.intervals import interval95
from pyvideoai.metrics.metric import Loss, LossDoubleSoftmax, MeanClassAccuracy, Metric, Top1, Top5
from pyvideoai.metrics.multi_label import MeanAveragePrecision, MultiLabelOutcomes, average_precisions
from pyvideoai.metrics.outcomes import Outcomes, confusion

__all__ = [
    "Loss",
    "LossDoubleSoftmax",
    "MeanAveragePrecision",
    "MeanClassAccuracy",
    "Metric",
    "MultiLabelOutcomes",
    "Outcomes",
    "Top1",
    "Top5",
    "average_precisions",
    "confusion",
    "interval95",
]
