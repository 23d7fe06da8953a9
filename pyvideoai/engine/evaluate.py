"""Scoring videos: one decode for all views of a row, scores averaged per video, shards gathered once and counted."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import nn

from pyvideoai.data.batches import Failure, ViewBatch
from pyvideoai.data.loader import EvalLoader
from pyvideoai.data.table import video_numbers
from pyvideoai.engine.network import GuardedNetwork
from pyvideoai.engine.processes import Processes
from pyvideoai.metrics import Loss, Metric, MultiLabelOutcomes, Outcomes
from pyvideoai.reporting.reporter import Reporter

LOWEST = 1e-12  # probability


@dataclass
class Predictions:
    """Scores of the videos of one split that could be decoded, and the ones that couldn't.

    rows: int64 (N,) row in the split table; labels: int64 (N,), of several labels float32 (N, classes);
    probabilities: float32 (N, classes). lost: labels of the videos without a score, once `by_video` knows which.
    """

    rows: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    failures: list[Failure] = field(default_factory=list)
    lost: np.ndarray | None = None

    @property
    def failed(self) -> int:
        """Videos without a score."""
        return len(self.failures) if self.lost is None else len(self.lost)

    @property
    def several(self) -> bool:
        return self.labels.ndim == 2

    @property
    def correct(self) -> int:
        return int((self.outcomes().ranked[:, 0] == self.labels).sum()) if len(self.rows) else 0

    def outcomes(self) -> Outcomes | MultiLabelOutcomes:
        kind = MultiLabelOutcomes if self.several else Outcomes
        return kind.from_probabilities(self.probabilities, self.labels)

    def with_lost(self) -> "Predictions":
        """With the lost videos as such whose scores are no numbers, which every metric counts as wrong."""
        lost = self.labels[:0] if self.lost is None else self.lost
        nothing = np.full((len(lost), *self.probabilities.shape[1:]), np.nan, np.float32)
        return replace(
            self,
            rows=np.concatenate([self.rows, np.full(len(lost), -1)]),
            labels=np.concatenate([self.labels, lost]),
            probabilities=np.concatenate([self.probabilities, nothing]),
            lost=None,
        )


def average_views(logits: torch.Tensor, how: str, *, several: bool = False) -> torch.Tensor:
    """Logits (videos, views, classes) to probabilities (videos, classes), averaged as `Views.average` says.

    A softmax makes them, or where a video has several labels a sigmoid: here and nowhere else.
    """
    activate = torch.sigmoid if several else partial(torch.softmax, dim=-1)
    if how == "logits":
        return activate(logits.mean(1))
    probabilities = activate(logits)
    if how == "probabilities":
        return probabilities.mean(1)
    highest = probabilities.amax(1)
    return highest if several else highest / highest.sum(-1, keepdim=True)


def by_video(predictions: Predictions, table: pd.DataFrame, how: str) -> Predictions:
    """Predictions of the table's rows to those of videos: rows of one video_id, which its first row stands for.

    how: as for views; logits are what probabilities were made of, up to a constant that a softmax takes away. A row
    that failed is left out of its video; a video of which all did is lost.
    """
    if not len(predictions.rows):
        return predictions
    numbers, classes = video_numbers(table), predictions.probabilities.shape[1]
    of_rows = numbers[predictions.rows]
    scored, first, counts = np.unique(of_rows, return_index=True, return_counts=True)
    lost = ~np.isin(numbers, scored) & ~pd.Series(numbers).duplicated().to_numpy()
    labels = _label_array(table["label"][lost], classes if predictions.several else None)
    if len(scored) == len(predictions.rows):
        return replace(predictions, lost=labels)
    logits = torch.from_numpy(_logits(predictions.probabilities, several=predictions.several))
    parts = logits[np.argsort(of_rows, kind="stable")].split(counts.tolist())
    averages = [average_views(part[None], how, several=predictions.several) for part in parts]
    return replace(
        predictions,
        rows=predictions.rows[first],
        labels=predictions.labels[first],
        probabilities=torch.cat(averages).float().numpy(),
        lost=labels,
    )


def _label_array(labels: pd.Series, classes: int | None) -> np.ndarray:
    """int64 (N,), or of several labels float32 (N, classes)."""
    if classes is None:
        return labels.to_numpy()
    return np.array([np.isin(np.arange(classes), each) for each in labels], np.float32).reshape(-1, classes)


def _logits(probabilities: np.ndarray, *, several: bool) -> np.ndarray:
    """float64: what a softmax, or of several labels a sigmoid, makes these probabilities of."""
    exact = probabilities.astype(np.float64)
    logits = np.log(np.maximum(exact, LOWEST))
    return logits - np.log(np.maximum(1 - exact, LOWEST)) if several else logits


def autocast(amp: str, device: torch.device) -> AbstractContextManager:
    """Mixed precision as the setting `amp` says: "none", "bf16" or "fp16"."""
    if amp == "none":
        return nullcontext()
    return torch.autocast(device.type, {"bf16": torch.bfloat16, "fp16": torch.float16}[amp])


def predict_split(
    model: nn.Module | GuardedNetwork,
    loader: EvalLoader,
    *,
    to_input: nn.Module,
    processes: Processes,
    amp: str,
    reporter: Reporter,
    title: str,
) -> Predictions:
    """Predictions for every video of a loader's split, gathered from all processes; shows how far it has come."""
    with reporter.progress(title, loader.videos) as progress:
        piece = predict(
            model,
            loader,
            to_input=to_input,
            device=processes.device,
            average=loader.views.average,
            several=loader.table["label"].dtype == object,
            clips_per_forward=loader.clips_per_forward,
            autocast=lambda: autocast(amp, processes.device),
            after_batch=lambda videos: progress.update(videos * processes.world),
        )
    return gather(piece, processes, loader.videos)


@torch.inference_mode()
def predict(
    model: nn.Module | GuardedNetwork,
    batches: Iterable[ViewBatch],
    *,
    to_input: nn.Module,
    device: torch.device,
    average: str,
    clips_per_forward: int,
    autocast: Callable[[], AbstractContextManager],
    several: bool = False,
    after_batch: Callable[[int], None] = lambda videos: None,
) -> Predictions:
    """Run the model in eval mode over this process's batches. `after_batch` is told how many videos each one held."""
    model.eval()
    rows, labels, probabilities, failures = [], [], [], []
    for batch in batches:
        failures += batch.failures
        if len(batch.rows):
            logits = _view_logits(model, batch.clips, to_input, device, clips_per_forward, autocast)
            probabilities.append(average_views(logits, average, several=several).cpu().numpy())
            rows.append(batch.rows.numpy())
            labels.append(batch.labels.numpy())
        after_batch(len(batch.rows) + len(batch.failures))
    kind = np.float32 if several else np.int64
    return Predictions(_joined(rows, np.int64), _joined(labels, kind), _joined(probabilities, np.float32), failures)


def gather(piece: Predictions, processes: Processes, videos: int) -> Predictions:
    """All processes' predictions in the table's order, on every process; every video must be there exactly once."""
    pieces = processes.gather(piece)
    filled = [each for each in pieces if len(each.rows)] or pieces[:1]
    order = np.argsort(np.concatenate([each.rows for each in filled]), kind="stable")
    rows, labels, probabilities = (
        np.concatenate([getattr(each, name) for each in filled])[order] for name in ("rows", "labels", "probabilities")
    )
    failures = [failure for each in pieces for failure in each.failures]
    assert len(np.unique(rows)) == len(rows) and len(rows) + len(failures) == videos, "a video was lost or scored twice"
    return Predictions(rows, labels, probabilities, failures)


def measure(
    predictions: Predictions,
    metrics: Iterable[Metric],
    prefix: str,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None,
) -> dict[str, float]:
    """The loss and every metric by name, such as "val/top1". `loss`: the experiment's own, else cross entropy.

    Of several labels: binary cross entropy.
    """
    if not len(predictions.rows):
        return {}
    outcomes = predictions.outcomes()
    values = {"loss": Loss()(outcomes)}
    if loss is not None:
        logits = torch.from_numpy(_logits(predictions.probabilities, several=predictions.several)).float()
        values["loss"] = float(loss(logits, torch.from_numpy(predictions.labels)))
    values |= {metric.name: metric(outcomes) for metric in metrics}
    return {f"{prefix}/{name}": float(value) for name, value in values.items()}


def _view_logits(
    model: nn.Module | GuardedNetwork,
    clips: torch.Tensor,
    to_input: nn.Module,
    device: torch.device,
    clips_per_forward: int,
    autocast: Callable[[], AbstractContextManager],
) -> torch.Tensor:
    """uint8 (videos, views, T, H, W, 3) to float32 (videos, views x positions, classes)."""
    outputs = []
    for chunk in clips.flatten(0, 1).split(clips_per_forward):
        with autocast():
            outputs.append(model(to_input(chunk.to(device, non_blocking=True))).float())
    logits = torch.cat(outputs)
    return logits.reshape(len(clips), -1, logits.shape[-1])


def _joined(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(arrays).astype(dtype, copy=False) if arrays else np.empty(0, dtype)
