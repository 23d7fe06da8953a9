"""Scoring videos: one decode for all views of a video, scores averaged per video, shards gathered once and counted."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from pyvideoai.data.batches import Failure, ViewBatch
from pyvideoai.data.loader import EvalLoader
from pyvideoai.engine.processes import Processes
from pyvideoai.metrics import Loss, Metric, Outcomes
from pyvideoai.reporting.reporter import Reporter


@dataclass
class Predictions:
    """Scores of the videos of one split that could be decoded, and the ones that couldn't.

    rows: int64 (N,) row in the split table; labels: int64 (N,); probabilities: float32 (N, classes).
    """

    rows: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    failures: list[Failure] = field(default_factory=list)

    @property
    def correct(self) -> int:
        return int((self.outcomes().ranked[:, 0] == self.labels).sum()) if len(self.rows) else 0

    def outcomes(self) -> Outcomes:
        return Outcomes.from_probabilities(self.probabilities, self.labels)


def average_views(logits: torch.Tensor, how: str) -> torch.Tensor:
    """Logits (videos, views, classes) to probabilities (videos, classes), averaged as `Views.average` says."""
    if how == "logits":
        return logits.mean(1).softmax(-1)
    probabilities = logits.softmax(-1)
    if how == "probabilities":
        return probabilities.mean(1)
    highest = probabilities.amax(1)
    return highest / highest.sum(-1, keepdim=True)


def autocast(amp: str, device: torch.device) -> AbstractContextManager:
    """Mixed precision as the setting `amp` says: "none", "bf16" or "fp16"."""
    if amp == "none":
        return nullcontext()
    return torch.autocast(device.type, {"bf16": torch.bfloat16, "fp16": torch.float16}[amp])


def predict_split(
    model: nn.Module,
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
            clips_per_forward=loader.clips_per_forward,
            autocast=lambda: autocast(amp, processes.device),
            after_batch=lambda videos: progress.update(videos * processes.world),
        )
    return gather(piece, processes, loader.videos)


@torch.inference_mode()
def predict(
    model: nn.Module,
    batches: Iterable[ViewBatch],
    *,
    to_input: nn.Module,
    device: torch.device,
    average: str,
    clips_per_forward: int,
    autocast: Callable[[], AbstractContextManager],
    after_batch: Callable[[int], None] = lambda videos: None,
) -> Predictions:
    """Run the model in eval mode over this process's batches. `after_batch` is told how many videos each one held."""
    model.eval()
    rows, labels, probabilities, failures = [], [], [], []
    for batch in batches:
        failures += batch.failures
        if len(batch.rows):
            logits = _view_logits(model, batch.clips, to_input, device, clips_per_forward, autocast)
            probabilities.append(average_views(logits, average).cpu().numpy())
            rows.append(batch.rows.numpy())
            labels.append(batch.labels.numpy())
        after_batch(len(batch.rows) + len(batch.failures))
    return Predictions(_joined(rows, np.int64), _joined(labels, np.int64), _joined(probabilities, np.float32), failures)


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
    """The loss and every metric by name, such as "val/top1". `loss`: the experiment's own, else cross entropy."""
    if not len(predictions.rows):
        return {}
    outcomes = predictions.outcomes()
    values = {"loss": Loss()(outcomes)}
    if loss is not None:
        logits = torch.from_numpy(predictions.probabilities).clamp_min(1e-12).log()
        values["loss"] = float(loss(logits, torch.from_numpy(predictions.labels)))
    values |= {metric.name: metric(outcomes) for metric in metrics}
    return {f"{prefix}/{name}": float(value) for name, value in values.items()}


def _view_logits(
    model: nn.Module,
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
