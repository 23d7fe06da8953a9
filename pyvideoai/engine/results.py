"""The final score: multi-crop on the test split for the last and for the best weights, kept apart, in results.json."""

from typing import Any

from pyvideoai.data.loader import eval_loader
from pyvideoai.engine.checkpoint import find_checkpoint, load_checkpoint
from pyvideoai.engine.evaluate import Predictions, measure
from pyvideoai.engine.setup import loader_options
from pyvideoai.engine.training import Training
from pyvideoai.experiment import write_json
from pyvideoai.metrics import interval95

BEST_ON_TEST = "val_multicrop/top1"


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
        "selected_by": config.exp.select,
    }
    checkpoints = {progress.epoch: ["last"]}
    if progress.best_epoch is not None:
        checkpoints.setdefault(progress.best_epoch, []).append("best")
    for epoch, names in checkpoints.items():
        score = {"epoch": epoch, **_score(training, names, epoch, loader, split)}
        results |= dict.fromkeys(names, score)
    if config.exp.protocol == "literature":
        results["best_on_test"] = _best_on_test(progress.history)
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
            lines.append(f"  {which} (epoch {results[which]['epoch']}): {score_text(results[which])}")
    if results.get("best_on_test"):
        best = results["best_on_test"]
        lines.append(f"  highest on test (epoch {best['epoch']}): top-1 {best['top1']:.2f}")
    return lines


def score_text(score: dict[str, Any]) -> str:
    """One line of a score: every metric, the interval, and the videos that failed."""
    metrics = ", ".join(
        f"{name} {value:.4g}" if name.startswith("loss") else f"{name} {value:.2f}"
        for name, value in score["metrics"].items()
    )
    low, high = score["top1_interval95"]
    failed = (
        f", {score['failed']} failed: {score['top1_failed_as_wrong']:.2f} top1 with these as wrong"
        if score["failed"]
        else ""
    )
    return f"{metrics}  (top1 95 % interval {low:.1f}-{high:.1f}, {score['videos']} videos{failed})"


def describe_score(predictions: Predictions, values: dict[str, float], prefix: str) -> dict[str, Any]:
    """A score as results.json and run_eval's --out hold it: metrics in percent, counts, the interval of top-1."""
    correct, scored, failed = predictions.correct, len(predictions.rows), len(predictions.failures)
    return {
        "metrics": {name.removeprefix(f"{prefix}/"): value for name, value in values.items()},
        "videos": scored,
        "failed": failed,
        "top1_interval95": list(interval95(correct, scored)) if scored else [0.0, 100.0],
        "top1_failed_as_wrong": 100 * correct / max(scored + failed, 1),
        "failures": [{"video": failure.video, "reason": failure.reason} for failure in predictions.failures],
    }


def _score(training: Training, names: list[str], epoch: int, loader: Any, split: str) -> dict[str, Any]:
    """Score the weights of `epoch`, which go by `names` ("last", "best")."""
    # the main process knows when it has written the file; others would find the epoch before, or nothing
    path = training.processes.from_main(lambda: find_checkpoint(training.folder.weights, names[0]))
    training.model.load_state_dict(load_checkpoint(path, training.processes.device)["model"])
    predictions = training.predict(loader, f"{split}, {' and '.join(names)} weights")
    training.reporter.failures(split, predictions.failures)
    values = measure(predictions, training.config.exp.metrics, split, training.config.exp.loss)
    for name in names:
        training.reporter.test(name, epoch, values, predictions, training.splits.classes)
    return describe_score(predictions, values, split)


def _best_on_test(history: list[dict[str, float]]) -> dict[str, float] | None:
    measured = [row for row in history if BEST_ON_TEST in row]
    if not measured:
        return None
    best = max(measured, key=lambda row: row[BEST_ON_TEST])
    return {"epoch": best["epoch"], "top1": best[BEST_ON_TEST]}
