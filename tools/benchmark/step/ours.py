"""Our training loop on one batch of pixels again and again, and our evaluation of one video."""

import dataclasses
from collections.abc import Iterator

import pandas as pd
import torch
from torch import nn

from benchmark.step.shapes import Shapes
from pyvideoai.config.load import Config
from pyvideoai.data.batches import TrainBatch
from pyvideoai.data.splits import Splits
from pyvideoai.engine.fastest import Way, choose_way, clip_shape, is_small, ways_of
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.training import Training
from pyvideoai.models.kernels import choose_kernels
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.unpack import task_in

EPOCH = 2  # the first one also draws pictures


def training_of(
    config: Config, classes: int, shapes: Shapes, device: torch.device, way: Way | None = None
) -> tuple[Training, Way]:
    """Return a training as a run builds it, but on no videos, and how it computes. way: None: as a run chooses."""
    rows = len(shapes.train)
    table = pd.DataFrame({"video": [f"{row}.mp4" for row in range(rows)], "label": [0] * rows})
    splits = Splits([str(label) for label in range(classes)], table, table, None, task=task_in(config))
    training = build_training(config, splits, Processes(0, 1, 1, device), None, Reporter(None, enabled=False))
    way = way or _chosen(config, training.model, device)
    choose_kernels(training.model, way.memory_format, way.amp, device)
    return dataclasses.replace(training, amp=way.amp), way


def _chosen(config: Config, model: nn.Module, device: torch.device) -> Way:
    ways = ways_of(config, device)
    if len(ways) == 1 or is_small(model):
        return ways[0]
    return choose_way(model, clip_shape(config, device), ways, device=device, say=print)


class Ours:
    """Run our training loop on one batch of pixels again and again, and our evaluation."""

    def __init__(self, training: Training, shapes: Shapes) -> None:
        self.training, self.batch, self.shapes = training, _batch(shapes.train), shapes
        # One for all test videos, as in a run; its weights are those of now, which speed doesn't depend on.
        self.scored = training.trained_model()

    def train(self, steps: int) -> None:
        dataclasses.replace(self.training, train_loader=_Repeated(self.batch, steps)).train_epoch(EPOCH)

    def evaluate(self) -> None:
        self.scored.logits(self.shapes.test, self.shapes.clips_per_forward)


def _batch(clips: torch.Tensor) -> TrainBatch:
    numbers = torch.arange(len(clips))
    labels, flipped = torch.zeros(len(clips), dtype=torch.int64), torch.zeros(len(clips), dtype=torch.bool)
    return TrainBatch(clips, labels, rows=numbers, flipped=flipped, positions=numbers, epoch=EPOCH)


class _Repeated:
    """Stand in for a `TrainLoader`: an epoch of `steps` steps, each of the same batch."""

    notes: tuple[str, ...] = ()

    def __init__(self, batch: TrainBatch, steps: int) -> None:
        self.batch, self.steps, self.clips_per_device = batch, steps, len(batch.clips)

    def epoch(self, epoch: int, *, start_step: int = 0) -> Iterator[list[TrainBatch]]:
        for _ in range(start_step, self.steps):
            yield [self.batch]

    def reading(self) -> str:
        """Return "": nothing is read."""
        return ""
