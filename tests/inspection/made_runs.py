"""Folders of runs that nobody trained: every file of a finished run, with videos or without."""

from pathlib import Path

import numpy as np
import pandas as pd

from pyvideoai.annotations.motion import encode
from pyvideoai.data.recorded import csv_text
from pyvideoai.experiment import ExperimentFolder, new_version, write_json
from pyvideoai.reporting.clip_losses import CLIP_LOSSES, ClipOutcomes, add_epoch
from pyvideoai.reporting.evaluation import write_class_scores, write_slices
from pyvideoai.reporting.summary import write_summary
from pyvideoai.scoring.details import details_of, save_by_video
from pyvideoai.scoring.predictions import Predictions
from pyvideoai.tasks import SINGLE_LABEL

EPOCHS = 6


def make_run(
    base: Path,
    classes: list[str],
    *,
    per_class: int = 4,
    accuracy: float = 0.7,
    seed: int = 0,
    root: Path | None = None,
    settings: str = "",
) -> ExperimentFolder:
    """A finished run of videos train_0.mp4, ..., test_0.mp4, ...: a class follows the other. Training row 1 stays hard.

    settings: further lines of the experiment's table.
    """
    folder, rng = new_version(base / "made" / "small" / "brief" / f"seed={seed}"), np.random.default_rng(seed)
    tables = {split: _table(split, len(classes), per_class) for split in ("train", "test")}
    folder.splits.mkdir()
    for name, table in tables.items():
        (folder.splits / f"{name}.csv").write_text(csv_text(table))
    facts = {name: {"videos": len(table), "sha256": "x"} for name, table in tables.items()}
    names = {"dataset": "made", "model": "small", "experiment": "brief", "started": "2026-01-02 03:04:05 +0000"}
    paths = {} if root is None else {"root": str(root)}
    write_json(
        folder.path / "run.json", {**names, "classes": classes, "splits": facts, "paths": paths, "command": ["x"]}
    )
    (folder.configs / "resolved.txt").write_text(
        "dataset: d.py\n  root           'clips'                     line 1\n  split          1    default\n\n"
        "experiment: exp_configs/brief.py\n"
        f"  seed           {seed}    --set\n  learning_rate  Something(1,     line 3\n                 2)\n{settings}"
    )
    write_summary(folder.summary, [_epoch(each, rng) for each in range(1, EPOCHS + 1)])
    _score(folder, tables["test"], classes, accuracy, rng)
    _losses(folder, tables["train"], len(classes), rng)
    return folder


def write_videos(root: Path, names: list[str]) -> None:
    """Write a video of a moving blob for each name; each looks and moves in a way of its own."""
    root.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        encode(root / name, blob(number), 25)


def blob(number: int, frames: int = 12, size: int = 48) -> np.ndarray:
    rng = np.random.default_rng(number)
    ground = np.kron(rng.integers(0, 200, (6, 6, 3)), np.ones((size // 6, size // 6, 1))).astype(np.uint8)
    clip = np.repeat(ground[None], frames, axis=0)
    for frame, (y, x) in enumerate(np.linspace(rng.integers(0, 36, 2), rng.integers(0, 36, 2), frames).astype(int)):
        clip[frame, y : y + 12, x : x + 12] = 255
    return clip


def _table(split: str, classes: int, per_class: int) -> pd.DataFrame:
    rows = [(f"{split}_{number}.mp4", number % classes) for number in range(classes * per_class)]
    return pd.DataFrame(rows, columns=["video", "label"])


def _epoch(epoch: int, rng: np.random.Generator) -> dict[str, float]:
    top1 = 90 * epoch / EPOCHS
    values = {"train/loss": 2 / epoch, "train/top1": top1, "val/loss": 2.2 / epoch, "val/top1": top1 - rng.random()}
    speed = {"runtime_s": 10.0, "clips_per_s": 50.0, "data_wait_share": 0.1, "memory_gb": 1.5}
    return {"epoch": epoch, **values, **speed, "learning_rate": 0.1 / epoch}


def _score(
    folder: ExperimentFolder, table: pd.DataFrame, classes: list[str], accuracy: float, rng: np.random.Generator
) -> None:
    labels = table["label"].to_numpy()
    said = np.where(rng.random(len(labels)) < accuracy, labels, rng.integers(0, len(classes), len(labels)))
    scores = rng.random((len(labels), len(classes))).astype(np.float32) * 0.1
    scores[np.arange(len(labels)), said] += rng.uniform(0.2, 0.9, len(labels))
    scores /= scores.sum(axis=1, keepdims=True)
    found = Predictions(SINGLE_LABEL, "probabilities", np.arange(len(labels)), labels, scores, np.ones(len(labels)))
    stem = folder.predictions / "test_epoch0006_5x1"
    stem.mkdir()
    save_by_video(stem, found, table, classes)
    details = details_of(found, table, classes)
    write_class_scores(stem / "per_class.csv", details.scores, classes)
    write_slices(stem / "slices.csv", details.slices)
    top1 = 100 * float((scores.argmax(1) == labels).mean())
    score = {"epoch": EPOCHS, "metrics": {"loss": 1.0, "top1": top1}, "videos": len(labels), "top1_interval95": [1, 99]}
    write_json(folder.results, {"num_epochs": EPOCHS, "split": "test", "last": score, "best": score})


def _losses(folder: ExperimentFolder, table: pd.DataFrame, classes: int, rng: np.random.Generator) -> None:
    """Let all training videos get easier but row 1, in which the network sees the class after its own."""
    rows, labels = np.arange(len(table)), table["label"].to_numpy()
    for epoch in range(1, EPOCHS + 1):
        losses = 2 / epoch + 0.1 * rng.random(len(rows))
        losses[1] = 3.0
        predicted = np.where(rows == 1, (labels + 1) % classes, labels)
        add_epoch(folder.logs / CLIP_LOSSES, epoch, ClipOutcomes(rows, losses, predicted), len(rows))
