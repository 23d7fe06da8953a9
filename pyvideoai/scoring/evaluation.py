"""Score one checkpoint of an experiment folder: what tools/run_eval.py does after it has found both."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyvideoai.config.load import Config
from pyvideoai.data.limit_train import limit_training
from pyvideoai.data.lists import prepare
from pyvideoai.data.recorded import Part, is_same, part_of, recorded_part
from pyvideoai.data.splits import Splits, make_splits
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import ExperimentFolder, write_json
from pyvideoai.metrics import Metric
from pyvideoai.metrics.named import metrics_named
from pyvideoai.processes import Processes, start_processes
from pyvideoai.reporting.predictions import save_predictions as write_predictions
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.details import WISHED, Details, details_of, evaluation_stem, save_by_video
from pyvideoai.scoring.loading import Trained, load_published, load_trained
from pyvideoai.scoring.passes import Passes
from pyvideoai.scoring.predict import predict_split
from pyvideoai.scoring.predictions import Predictions, by_video
from pyvideoai.scoring.results import describe_score, headline, measure, score_text
from pyvideoai.scoring.selection import selection_of
from pyvideoai.unpack import check_views, dataset_of, eval_loader, loader_options, views_of


def score_checkpoint(
    config: Config,
    folder: ExperimentFolder | None,
    *,
    checkpoint: str,
    views: str,
    split: str | None,
    out: Path | None,
    metrics: str | None = None,
    wished: float = WISHED,
    control: str | None = None,
) -> int:
    """Score and print; write predictions, details and, if requested, the result. Return the exit code.

    folder: where the experiment is; None: `checkpoint` is for `load_published`. metrics: names of what is measured,
    such as "top1,macro_f1"; None: the experiment's. wished: see `details_of`. control: how the frames of
    clips are disturbed (`data.control`); None: not at all.
    """
    check_views(config)
    named = metrics_named(metrics, multi_label=config.dataset.multi_label) if metrics else None
    part = part_of_run(config, folder, split) if folder else todays_part(config, split)
    with start_processes(config.exp.device) as processes:
        reporter = Reporter(None, enabled=processes.is_main)
        reporter.log("\n".join([*config.notes, *part.notes]))
        if folder is None:
            trained = load_published(config, checkpoint, part.classes, processes.device, reporter)
        else:
            trained = load_trained(config, folder, checkpoint, processes.device)
        _check_classes(trained, part.classes)
        predictions = _predict(trained, part, views, control, processes, reporter)
        of_videos = by_video(predictions, part.table)
        measured = selection_of(config).metrics if named is None else named
        result = _result(trained, of_videos, part.name, views, measured, control)
        if processes.is_main:
            epoch = "" if trained.epoch is None else f" (epoch {trained.epoch})"
            text = score_text(result, part.name, trained.model.task)
            reporter.log("\n".join([f"{trained.path}{epoch}", headline(result), text]))
            details = details_of(of_videos, part.table, part.classes, wished)
            written = _write(result, predictions, of_videos, details, part, _stem(folder, part, result, out))
            for line in [*(details.lines() if details else []), *written]:
                reporter.log(line)
            if out is not None:
                out.parent.mkdir(parents=True, exist_ok=True)
                write_json(out, result)
                reporter.log(f"result: {out.absolute()}")
    return 0


def todays_part(config: Config, name: str | None) -> Part:
    """Return the split `name` as the dataset gives it today. None: test, or val for a dataset without a test split."""
    splits = _splits(config, name)
    return part_of(splits, name or _last(splits.tables()))


def part_of_run(config: Config, folder: ExperimentFolder, name: str | None) -> Part:
    """Return the split that a run had: from the dataset if that still gives the same, else from the run's folder."""
    run = folder.read_run()
    try:
        splits = _splits(config, name)
    except UserError as error:  # the dataset can't be split any more; what was held out may still be there
        return recorded_part(name or _last(run["splits"]), run, folder.splits, dataset_of(config.dataset), str(error))
    name = name or _last({**splits.tables(), **run["splits"]})
    if name not in run["splits"] or is_same(splits, name, run["splits"]):
        return part_of(splits, name)
    changed = f"the dataset's {name} split is not the one of this run any more: files or lists have changed since"
    return recorded_part(name, run, folder.splits, dataset_of(config.dataset), changed)


def _last(splits: Collection[str]) -> str:
    """Return the name of the split that is scored by default."""
    return "test" if "test" in splits else "val"


def _splits(config: Config, name: str | None) -> Splits:
    exp, training = config.exp, name == "train"
    dataset = dataset_of(config.dataset)
    prepare(dataset)
    splits = make_splits(dataset, exp.protocol, training=training)
    # limit_train shortens the training list only; other splits are scored whole.
    return limit_training(splits, exp.limit_train if training else None, exp.seed)


def _predict(
    trained: Trained, part: Part, views: str, control: str | None, processes: Processes, reporter: Reporter
) -> Predictions:
    config = trained.config
    loader = eval_loader(
        config, part.table, views_of(config, views), control=control, **loader_options(config, processes)
    )
    model = replace(trained.model, passes=Passes(reporter.log))
    return predict_split(model, loader, processes=processes, reporter=reporter, title=part.name)


def _result(
    trained: Trained, of_videos: Predictions, split: str, views: str, metrics: Sequence[Metric], control: str | None
) -> dict[str, Any]:
    exp, chosen = trained.config.exp, views_of(trained.config, views)
    values = measure(of_videos, metrics, split)
    return {
        "experiment": list(trained.config.names),
        "checkpoint": str(trained.path),
        "epoch": trained.epoch,
        "split": split,
        "views": str(chosen),
        "clips": chosen.clips,
        "crops": chosen.crops,
        "control": control,
        "protocol": exp.protocol,
        "overrides": [each.typed for each in trained.config.overrides],
        **describe_score(of_videos, values, split, trained.classes),
    }


def _stem(folder: ExperimentFolder | None, part: Part, result: dict[str, Any], out: Path | None) -> Path | None:
    """Return what the files of an evaluation are named after; None if they have no place."""
    if folder is None:
        return None if out is None else out.with_suffix("").absolute()
    stem = evaluation_stem(folder, part.name, result["epoch"], result["clips"], result["crops"])
    return stem.with_name(f"{stem.name}_{result['control']}") if result["control"] else stem


def _write(
    result: dict[str, Any],
    predictions: Predictions,
    of_videos: Predictions,
    details: Details | None,
    part: Part,
    stem: Path | None,
) -> list[str]:
    """Write predictions and details; return console lines that say where."""
    if stem is None:
        return []
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = write_predictions(stem, predictions, part.table, part.classes)
    if len(of_videos.rows) < len(predictions.rows):
        paths += save_by_video(stem.with_name(f"{stem.name}_by_video"), of_videos, part.table, part.classes)
    lines = [f"predictions: {path}" for path in paths]
    if details is not None:
        details.write(stem, f"{result['experiment'][0]}, {result['split']} split, {result['views']}")
        lines.append(f"classes, slices, calibration: {stem}")
    return lines


def _check_classes(trained: Trained, classes: list[str]) -> None:
    if trained.classes != classes:
        raise UserError(
            f"the checkpoint knows {counted(len(trained.classes), 'class')} ({trained.classes[0]}, ...), the dataset "
            f"now has {len(classes)} ({classes[0]}, ...): scores would mean nothing"
        )
