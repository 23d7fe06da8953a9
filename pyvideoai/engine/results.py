"""The final score: multi-crop on the test split for the last and for the best weights, kept apart, in results.json."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyvideoai.annotations.names import some
from pyvideoai.data.loader import eval_loader
from pyvideoai.engine.checkpoint import find_checkpoint, load_checkpoint
from pyvideoai.engine.evaluate import Predictions, measure
from pyvideoai.engine.goal import goal_of
from pyvideoai.engine.losses import own_loss
from pyvideoai.engine.setup import loader_options
from pyvideoai.engine.training import Training
from pyvideoai.experiment import write_json
from pyvideoai.metrics import MeanAveragePrecision, MeanClassAccuracy, interval95
from pyvideoai.reporting.lines import Wording

OVER_CLASSES = (MeanClassAccuracy.name, MeanAveragePrecision.name)  # means that leave out classes without videos


def score_run(training: Training) -> dict[str, Any]:
    """Score last and best, write results.json, and return what it holds."""
    progress, config = training.progress, training.config
    split = "test" if training.splits.test is not None else "val"
    loader = eval_loader(
        getattr(training.splits, split), views=config.exp.test_views, **loader_options(config, training.processes)
    )
    results: dict[str, Any] = {
        "epochs": progress.epoch,
        "num_epochs": config.exp.num_epochs,
        "protocol": config.exp.protocol,
        "split": split,
        "views": str(config.exp.test_views),
        "selected_by": goal_of(config).select,
    }
    checkpoints = {progress.epoch: ["last"]}
    if progress.best_epoch is not None:
        checkpoints.setdefault(progress.best_epoch, []).append("best")
    for epoch, names in checkpoints.items():
        score = {"epoch": epoch, **_score(training, names, epoch, loader, split)}
        results |= dict.fromkeys(names, score)
    if config.exp.protocol == "literature":
        results["best_on_test"] = _best_on_test(progress.history, goal_of(config).main)
    if training.processes.is_main:
        write_json(training.folder.results, results)
    return results


def summary_lines(results: dict[str, Any]) -> list[str]:
    """What the console shows of results.json, a line per checkpoint."""
    lines = [
        f"{results['split']} split, {results['views']}, protocol {results['protocol']}"
        + (": selected on test" if results["protocol"] == "literature" else "")
    ]
    for which in ("last", "best"):
        if which in results:
            lines.append(f"  {which} (epoch {results[which]['epoch']}): {score_text(results[which], results['split'])}")
    if results.get("best_on_test"):
        best = results["best_on_test"]
        name = next(key for key in best if key != "epoch")
        lines.append(f"  highest on test (epoch {best['epoch']}): {Wording().title(name)} {best[name]:.2f}")
    return lines


def score_text(score: dict[str, Any], split: str) -> str:
    """One line of a score: every metric, the interval, and the videos that failed."""
    metrics = ", ".join(
        f"{name} {value:.4g}"
        if name.startswith("loss")
        else f"{name} {value:.2f}{_over_classes(score, split) * (name in OVER_CLASSES)}"
        for name, value in score["metrics"].items()
    )
    return f"{metrics}  ({_surety(score)}, {score['videos']} videos{_failed(score)})"


def _over_classes(score: dict[str, Any], split: str) -> str:
    """What a mean over classes leaves out; nothing where every class has videos."""
    absent, classes = score["classes_without_videos"], score["classes"]
    return f" over {classes - len(absent)} of {classes} classes: none of {some(absent)} in {split}" if absent else ""


def _surety(score: dict[str, Any]) -> str:
    """How sure the score is; a mean average precision has no interval, but it may be of some classes only."""
    if "top1_interval95" not in score:
        return f"{score['classes_with_positives']} of {score['classes']} classes occur"
    low, high = score["top1_interval95"]
    return f"top1 95 % interval {low:.1f}-{high:.1f}"


def _failed(score: dict[str, Any]) -> str:
    if not score["failed"]:
        return ""
    name = "top1" if "top1_failed_as_wrong" in score else "map"
    return f", {score['failed']} failed: {score[f'{name}_failed_as_wrong']:.2f} {name} with these as wrong"


def describe_score(
    predictions: Predictions, values: dict[str, float], prefix: str, classes: Sequence[str]
) -> dict[str, Any]:
    """A score as results.json and run_eval's --out hold it: metrics in percent, counts, the interval of top-1.

    A mean over classes (class accuracy, average precision) is over those with a scored video: the others are named.
    Multi-label data have no top-1, but classes with a positive and so an average precision.
    """
    return {
        "metrics": {name.removeprefix(f"{prefix}/"): value for name, value in values.items()},
        "videos": len(predictions.rows),
        "failed": predictions.failed,
        "classes": len(classes),
        "classes_without_videos": _without_videos(predictions, classes),
        **(_of_classes(predictions) if predictions.several else _of_top1(predictions)),
        "failures": [{"video": failure.video, "reason": failure.reason} for failure in predictions.failures],
    }


def _without_videos(predictions: Predictions, classes: Sequence[str]) -> list[str]:
    labels = predictions.labels
    seen = set(np.flatnonzero(labels.any(axis=0)) if predictions.several else labels)
    return [name for number, name in enumerate(classes) if number not in seen]


def _of_top1(predictions: Predictions) -> dict[str, Any]:
    correct, scored = predictions.correct, len(predictions.rows)
    return {
        "top1_interval95": list(interval95(correct, scored)) if scored else [0.0, 100.0],
        "top1_failed_as_wrong": 100 * correct / max(scored + predictions.failed, 1),
    }


def _of_classes(predictions: Predictions) -> dict[str, Any]:
    if not len(predictions.rows):
        return {"classes_with_positives": 0, "map_failed_as_wrong": 0.0}
    return {
        "classes_with_positives": int(predictions.labels.any(axis=0).sum()),
        "map_failed_as_wrong": MeanAveragePrecision()(predictions.with_lost().outcomes()),
    }


def _score(training: Training, names: list[str], epoch: int, loader: Any, split: str) -> dict[str, Any]:
    """Score the weights of `epoch`, which go by `names` ("last", "best")."""
    # the main process knows when it has written the file; others would find the epoch before, or nothing
    path = training.processes.from_main(lambda: find_checkpoint(training.folder.weights, names[0]))
    training.model.load_state_dict(load_checkpoint(path, training.processes.device)["model"])
    predictions = training.predict(loader, f"{split}, {' and '.join(names)} weights")
    training.reporter.failures(split, predictions.failures)
    values = measure(predictions, goal_of(training.config).metrics, split, own_loss(training.config))
    for name in names:
        training.reporter.test(name, epoch, values, predictions, training.splits.classes)
    return describe_score(predictions, values, split, training.splits.classes)


def _best_on_test(history: list[dict[str, float]], name: str) -> dict[str, float] | None:
    value = f"val_multicrop/{name}"
    measured = [row for row in history if value in row]
    if not measured:
        return None
    best = max(measured, key=lambda row: row[value])
    return {"epoch": best["epoch"], name: best[value]}
