"""Turn predictions into numbers for results.json and into words for the console."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pyvideoai.annotations.names import some
from pyvideoai.errors import counted
from pyvideoai.metrics import Loss, MeanAveragePrecision, MeanClassAccuracy, Metric, reliability, telling
from pyvideoai.scoring.predictions import Predictions
from pyvideoai.scoring.selection import selection_note
from pyvideoai.tasks import Task

OVER_CLASSES = (MeanClassAccuracy.name, MeanAveragePrecision.name)  # means that leave out classes without videos


def measure(predictions: Predictions, metrics: Iterable[Metric], prefix: str) -> dict[str, float]:
    """Return the loss and every metric by name, such as "val/top1"; {} if nothing was scored."""
    if not len(predictions.rows):
        return {}
    told = telling((Loss(), *metrics), predictions.scores.shape[1])
    return {f"{prefix}/{metric.name}": float(metric(predictions.outcomes)) for metric in told}


def describe_score(
    predictions: Predictions, values: dict[str, float], prefix: str, classes: Sequence[str]
) -> dict[str, Any]:
    """Return a score in the form of results.json and of run_eval's --out: metrics, counts, interval, failures.

    Means over classes (mean class accuracy, mAP) leave out the classes without a scored video; these are listed.
    """
    task, main = predictions.task, predictions.task.metrics[0]
    counts = task.class_counts(predictions.labels, len(classes))
    outcomes = predictions.with_undecoded().outcomes
    curve = reliability(*task.decisions(predictions.outcomes)) if len(predictions.rows) else None
    return {
        "metrics": {name.removeprefix(f"{prefix}/"): value for name, value in values.items()},
        "videos": len(predictions.rows),
        "failed": predictions.failed,
        "classes": len(classes),
        "classes_without_videos": [classes[number] for number in np.flatnonzero(counts == 0).tolist()],
        **task.uncertainty(predictions.outcomes),
        "calibration_error": None if curve is None else 100 * curve.error,
        "overconfidence": None if curve is None else 100 * curve.overconfidence,
        f"{main.name}_failed_as_wrong": float(main(outcomes)) if len(predictions.rows) else 0.0,
        "failures": [{"video": failure.video, "reason": failure.reason} for failure in predictions.failures],
    }


def headline(result: dict[str, Any]) -> str:
    """Say what was scored and how: the split, the views, the protocol, and "selected on test" where that holds."""
    note = selection_note(result["protocol"])
    views = f"{result['views']}, frames {result['control']}" if result.get("control") else result["views"]
    return f"{result['split']} split, {views}, protocol {result['protocol']}{note and f': {note}'}"


def score_text(score: dict[str, Any], split: str, task: Task) -> str:
    """Put a score into one line: every metric, its interval, and the number of videos that failed."""
    metrics = ", ".join(
        f"{name} {value:.4g}"
        if name.startswith("loss")
        else f"{name} {value:.2f}{_over_classes(score, split) * (name in OVER_CLASSES)}"
        for name, value in score["metrics"].items()
    )
    return f"{metrics}  ({task.uncertainty_text(score)}, {counted(score['videos'], 'video')}{_failed(score, task)})"


def _over_classes(score: dict[str, Any], split: str) -> str:
    """Say which classes a mean over classes leaves out; "" if every class has videos."""
    absent, classes = score["classes_without_videos"], score["classes"]
    return f" over {classes - len(absent)} of {classes} classes: none of {some(absent)} in {split}" if absent else ""


def _failed(score: dict[str, Any], task: Task) -> str:
    if not score["failed"]:
        return ""
    name = task.metrics[0].name
    return f", {score['failed']} failed: {score[f'{name}_failed_as_wrong']:.2f} {name} with these as wrong"
