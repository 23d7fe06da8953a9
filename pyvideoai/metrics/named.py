"""Find shipped metrics by their names, for the command line."""

import re

from pyvideoai.errors import UserError, hint
from pyvideoai.metrics.loss import Loss
from pyvideoai.metrics.metric import Metric
from pyvideoai.metrics.multi_label import MeanAveragePrecision
from pyvideoai.metrics.single_label import ExpectedCalibrationError, MacroF1, MeanClassAccuracy, TopK

NAMED: dict[str, Metric] = {
    metric.name: metric
    for metric in (TopK(1), TopK(5), MeanClassAccuracy(), MacroF1(), ExpectedCalibrationError(), MeanAveragePrecision())
}


def metrics_named(text: str, *, multi_label: bool) -> tuple[Metric, ...]:
    """Return the metrics that `text` names, separated by commas: "top1,macro_f1"; "top3" works for any number.

    Raises UserError for a name that is unknown, or is one of the other kind of data.
    """
    return tuple(_named(name.strip(), multi_label) for name in text.split(",") if name.strip() != Loss.name)


def _named(name: str, multi_label: bool) -> Metric:
    top = re.fullmatch(r"top([1-9]\d{0,3})", name)
    metric = TopK(int(top[1])) if top else NAMED.get(name)
    if metric is None:
        raise UserError(f"--metrics: {name!r} is not a metric; {hint(name, [*NAMED, 'top<number>'])}")
    if metric.multi_label != multi_label:
        kind = "multi-label" if multi_label else "single-label"
        raise UserError(f"--metrics: {name} does not measure {kind} data, which this dataset is")
    return metric
