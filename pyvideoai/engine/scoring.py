"""Scoring one checkpoint of an experiment folder: what tools/run_eval.py does once it has found both."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from pyvideoai.config.load import Config
from pyvideoai.data.loader import eval_loader
from pyvideoai.data.splits import Splits, make_splits, prepare
from pyvideoai.data.table import video_numbers
from pyvideoai.data.to_input import ToInput
from pyvideoai.data.views import Views
from pyvideoai.engine.checkpoint import find_checkpoint, load_checkpoint
from pyvideoai.engine.evaluate import Predictions, by_video, measure, predict_split
from pyvideoai.engine.goal import goal_of
from pyvideoai.engine.losses import own_loss
from pyvideoai.engine.network import GuardedNetwork
from pyvideoai.engine.other_networks import surplus, surplus_text
from pyvideoai.engine.pretrained import warnings
from pyvideoai.engine.processes import Processes, start_processes
from pyvideoai.engine.results import describe_score, score_text
from pyvideoai.engine.setup import loader_options
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder, write_json
from pyvideoai.models.weights.load import load_weights
from pyvideoai.reporting.predictions import save_predictions as write_predictions
from pyvideoai.reporting.reporter import Reporter


@dataclass(frozen=True)
class Trained:
    """A trained network, ready for inference: float32 (N, 3, T, H, W) in, logits out."""

    config: Config
    model: nn.Module
    to_input: nn.Module
    classes: list[str]
    epoch: int | None  # None: weights that no experiment of ours trained
    path: Path

    @property
    def network(self) -> GuardedNetwork:
        """The model as it is called."""
        return GuardedNetwork(self.model, self.config, len(self.classes))


def load_trained(config: Config, folder: ExperimentFolder, checkpoint: str, device: torch.device) -> Trained:
    """The network of an experiment folder with the weights of `checkpoint` ("best", "last", an epoch, a file)."""
    path = find_checkpoint(folder.weights, checkpoint)
    content = load_checkpoint(path, device)
    model = config.model.load_model(len(content["classes"]))
    model = model if config.exp.wrap_model is None else config.exp.wrap_model(model)
    model.load_state_dict(content["model"])
    to_input = ToInput(config.model.normalise).to(device)
    return Trained(config, model.to(device).eval(), to_input, content["classes"], content["epoch"], path.resolve())


def load_published(
    config: Config, source: str, classes: list[str], device: torch.device, reporter: Reporter
) -> Trained:
    """The network of the configs with the weights `source`, a name in the model's table or a file, that fill all of it.

    Raises UserError when they leave anything of it, such as a head for other classes, as it was initialised, or have
    more than the network, which then isn't theirs.
    """
    model = config.model.load_model(len(classes))
    report = load_weights(model, source, table=config.model.weights, offline=config.exp.offline, min_share=1.0)
    if extra := surplus(model, report):
        raise UserError(surplus_text(extra, report))
    reporter.log(report.text())
    for warning in warnings(extra, report, config, source):
        reporter.log(f"WARNING: {warning}")
    model = model if config.exp.wrap_model is None else config.exp.wrap_model(model)
    to_input = ToInput(config.model.normalise).to(device)
    return Trained(config, model.to(device).eval(), to_input, classes, None, Path(report.source))


def score_checkpoint(
    config: Config,
    folder: ExperimentFolder | None,
    *,
    checkpoint: str,
    views: str,
    split: str | None,
    save_predictions: bool,
    out: Path | None,
) -> int:
    """Score, print and, where asked for, write predictions and the result; returns the exit code.

    folder: where the experiment is; None: `checkpoint` is for `load_published`.
    """
    prepare(config.dataset)
    splits = make_splits(config.dataset, config.exp.protocol, training=split == "train")
    split = split or ("test" if splits.test is not None else "val")
    with start_processes(config.exp.device) as processes:
        reporter = Reporter(None, enabled=processes.is_main)
        reporter.log("\n".join(splits.notes))
        if folder is None:
            trained = load_published(config, checkpoint, splits.classes, processes.device, reporter)
        else:
            trained = load_trained(config, folder, checkpoint, processes.device)
        _check_classes(trained, splits)
        predictions = _predict(trained, splits, split, views, processes, reporter)
        of_videos = by_video(predictions, getattr(splits, split), _views(config, views).average)
        result = _result(trained, of_videos, split, views)
        if processes.is_main:
            epoch = "" if trained.epoch is None else f" (epoch {trained.epoch})"
            reporter.log("\n".join([f"{trained.path}{epoch}", *_headline(result), score_text(result, split)]))
            _write(result, predictions, of_videos, folder, splits, split, save_predictions, out, reporter)
    return 0


def _predict(
    trained: Trained, splits: Splits, split: str, views: str, processes: Processes, reporter: Reporter
) -> Predictions:
    table = getattr(splits, split)
    if table is None:
        raise UserError(f"this dataset has no {split} split")
    exp = trained.config.exp
    loader = eval_loader(
        table,
        views=_views(trained.config, views),
        **loader_options(trained.config, processes),
    )
    predictions = predict_split(
        trained.network,
        loader,
        to_input=trained.to_input,
        processes=processes,
        amp=exp.amp,
        reporter=reporter,
        title=split,
    )
    reporter.failures(split, predictions.failures)
    return predictions


def _views(config: Config, name: str) -> Views:
    return config.exp.val_views if name == "oneclip" else config.exp.test_views


def _result(trained: Trained, of_videos: Predictions, split: str, views: str) -> dict[str, Any]:
    exp, chosen = trained.config.exp, _views(trained.config, views)
    values = measure(of_videos, goal_of(trained.config).metrics, split, own_loss(trained.config))
    return {
        "experiment": list(trained.config.names),
        "checkpoint": str(trained.path),
        "epoch": trained.epoch,
        "split": split,
        "views": str(chosen),
        "clips": chosen.clips,
        "crops": chosen.crops,
        "protocol": exp.protocol,
        "overrides": [each.typed for each in trained.config.overrides],
        **describe_score(of_videos, values, split, trained.classes),
    }


def _headline(result: dict[str, Any]) -> list[str]:
    selected = ": selected on test" if result["protocol"] == "literature" else ""
    return [f"{result['split']} split, {result['views']}, protocol {result['protocol']}{selected}"]


def _write(
    result: dict[str, Any],
    predictions: Predictions,
    of_videos: Predictions,
    folder: ExperimentFolder | None,
    splits: Splits,
    split: str,
    save_predictions: bool,
    out: Path | None,
    reporter: Reporter,
) -> None:
    if save_predictions and folder is not None:
        name = f"{split}_epoch{result['epoch']:04d}_{result['clips']}x{result['crops']}"
        paths = write_predictions(folder.predictions / name, predictions, getattr(splits, split), splits.classes)
        if len(of_videos.rows) < len(predictions.rows):
            name, table = f"{name}_by_video", getattr(splits, split)
            paths += write_predictions(folder.predictions / name, *_video_rows(of_videos, table), splits.classes)
        reporter.log("\n".join(f"predictions: {path}" for path in paths))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_json(out, result)
        reporter.log(f"result: {out.absolute()}")


def _video_rows(of_videos: Predictions, table: pd.DataFrame) -> tuple[Predictions, pd.DataFrame]:
    """The predictions by the rows of a table that has the first row of each video only, and that table."""
    numbers = video_numbers(table)
    firsts = table[~pd.Series(numbers, index=table.index).duplicated()]
    return replace(of_videos, rows=numbers[of_videos.rows]), firsts


def _check_classes(trained: Trained, splits: Splits) -> None:
    if trained.classes != splits.classes:
        raise UserError(
            f"the checkpoint knows {len(trained.classes)} classes ({trained.classes[0]}, ...), the dataset now has "
            f"{len(splits.classes)} ({splits.classes[0]}, ...): scores would mean nothing"
        )
