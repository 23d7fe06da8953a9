"""Compute the final scores: multi-crop on the test split, for the last and the best weights, in results.json."""

import math
from typing import Any

from pyvideoai.checkpoint import find_checkpoint, fitting, load_checkpoint
from pyvideoai.data.loader import EvalLoader
from pyvideoai.data.table import video_numbers
from pyvideoai.engine.advice import choice, choice_line
from pyvideoai.engine.checks import higher_is_better
from pyvideoai.engine.training import Training
from pyvideoai.experiment import write_json
from pyvideoai.reporting.lines import Wording
from pyvideoai.scoring.details import Details, details_of, evaluation_stem, save_by_video
from pyvideoai.scoring.predictions import Predictions
from pyvideoai.scoring.results import describe_score, headline, measure, score_text
from pyvideoai.scoring.selection import Selection, selection_of
from pyvideoai.tasks import Task
from pyvideoai.unpack import eval_loader, loader_options


def score_run(training: Training) -> dict[str, Any]:
    """Score last and best, write results.json, and return its content."""
    progress, config = training.progress, training.config
    split = training.splits.scored
    results: dict[str, Any] = {
        "epochs": progress.epoch,
        "num_epochs": config.exp.num_epochs,
        "protocol": config.exp.protocol,
        "split": split,
        "views": str(config.exp.test_views),
        "selected_by": None if progress.best_epoch is None else selection_of(config).select,
    }
    if training.splits.val is not None:
        videos = len(set(video_numbers(training.splits.val).tolist()))
        results["choice"] = choice(progress.history, progress.best_epoch, selection_of(config).select, videos)
    if split is not None:
        results |= _scores(training, split)
    if config.exp.protocol == "literature":
        results["best_on_test"] = best_on_test(progress.history, selection_of(config))
    if training.processes.is_main:
        write_json(training.folder.results, results)
    return results


def _scores(training: Training, split: str) -> dict[str, Any]:
    """Return the scores of "last" and, if an epoch was chosen, "best" on a split."""
    progress, config = training.progress, training.config
    table, options = training.splits.tables()[split], loader_options(config, training.processes)
    loader = eval_loader(config, table, config.exp.test_views, **options)
    loader = loader if training.features is None else training.features.of(loader, split)
    # By epoch: where the last epoch is the best one, it is scored once under both names.
    checkpoints = {progress.epoch: ["last"]}
    if progress.best_epoch is not None:
        checkpoints.setdefault(progress.best_epoch, []).append("best")
    scores: dict[str, Any] = {}
    for epoch, names in checkpoints.items():
        score = {"epoch": epoch, **_score(training, names, epoch, loader, split)}
        scores |= dict.fromkeys(names, score)
    return scores


def summary_lines(results: dict[str, Any], task: Task) -> list[str]:
    """Put results.json into words for the console, a line per checkpoint."""
    if results["split"] is None:
        return ["nothing was held out (val_share = 0, test_share = 0): nothing is scored"]
    lines = [headline(results)]
    for which in ("last", "best"):
        if which in results:
            text = score_text(results[which], results["split"], task)
            lines.append(f"  {which} (epoch {results[which]['epoch']}): {text}")
    lines += choice_line(results.get("choice"))
    if results.get("best_on_test"):
        best = results["best_on_test"]
        name = next(key for key in best if key != "epoch")
        lines.append(f"  best on test (epoch {best['epoch']}): {Wording().title(name)} {best[name]:.2f}")
    return lines


def _score(training: Training, names: list[str], epoch: int, loader: EvalLoader, split: str) -> dict[str, Any]:
    """Score the weights of `epoch`, which go by `names` ("last", "best")."""
    # the main process knows when it has written the file; others would find the epoch before, or nothing
    path = training.processes.from_main(lambda: find_checkpoint(training.folder.weights, names[0]))
    with fitting(path, "model"):
        training.scored.load_state_dict(load_checkpoint(path, training.processes.device)["model"])
    predictions = training.predict(loader, f"{split}, {' and '.join(names)} weights")
    values = measure(predictions, selection_of(training.config).metrics, split)
    details = details_of(predictions, training.splits.tables()[split], training.splits.classes)
    figure = None if details is None else details.figure
    for name in names:
        training.reporter.test(name, epoch, values, figure, training.splits.classes)
    if training.processes.is_main:
        _keep(training, predictions, details, epoch, loader)
    return describe_score(predictions, values, split, training.splits.classes)


def _keep(
    training: Training, predictions: Predictions, details: Details | None, epoch: int, loader: EvalLoader
) -> None:
    """Save the predictions and details of a final score, as run_eval does, and report the details."""
    split, views = training.splits.scored, loader.views
    assert split is not None, "nothing was scored"
    stem = evaluation_stem(training.folder, split, epoch, views.clips, views.crops)
    with training.reporter.tolerating(str(stem)):
        save_by_video(stem, predictions, loader.table, training.splits.classes)
        if details is not None:
            details.write(stem, f"{split}, epoch {epoch}, {views}")
    if details is not None:
        training.reporter.log("\n".join([f"epoch {epoch}, {split} split:", *(f"  {line}" for line in details.lines())]))


def best_on_test(history: list[dict[str, float]], selection: Selection) -> dict[str, float] | None:
    """Return the epoch with the best multi-crop value of the first metric, and this value; None if none was
    measured.
    """
    value = f"val_multicrop/{selection.main}"
    # Only some epochs were scored by multi-crop (`test_period`).
    measured = [row for row in history if not math.isnan(row.get(value, math.nan))]
    if not measured:
        return None
    sign = 1 if higher_is_better(value, selection.metrics) else -1
    best = max(measured, key=lambda row: sign * row[value])
    return {"epoch": best["epoch"], selection.main: best[value]}
