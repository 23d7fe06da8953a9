"""Our training loop on one batch of pixels again and again, and our evaluation of one video."""

import dataclasses
from collections.abc import Iterator

import pandas as pd
import torch

from benchmark.step.shapes import Shapes
from pyvideoai.config.load import Config
from pyvideoai.data.batches import TrainBatch
from pyvideoai.data.splits import Splits
from pyvideoai.engine.fastest import choose_way, clip_shape, is_small, ways_of
from pyvideoai.engine.setup import build_training
from pyvideoai.models.memory_format import set_memory_format
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.trained import TrainedModel
from pyvideoai.unpack import task_in

EPOCH = 2  # the first one also draws pictures


class Ours:
    """Run our training loop on one batch of pixels again and again, and our evaluation."""

    def __init__(self, config: Config, classes: int, shapes: Shapes, device: torch.device) -> None:
        rows = len(shapes.train)
        table = pd.DataFrame({"video": [f"{row}.mp4" for row in range(rows)], "label": [0] * rows})
        splits = Splits([str(label) for label in range(classes)], table, table, None, task=task_in(config))
        processes = Processes(0, 1, 1, device)
        reporter = Reporter(None, enabled=False)
        self.training = build_training(config, splits, processes, None, reporter)
        model, ways = self.training.model, ways_of(config)
        if len(ways) > 1 and not is_small(model):  # as a run chooses
            way = choose_way(model, clip_shape(config, device), ways, device=device, say=print)
            set_memory_format(model, way.memory_format)
            self.training = dataclasses.replace(self.training, amp=way.amp)
        self.batch, self.shapes = _batch(shapes.train), shapes

    def train(self, steps: int) -> None:
        dataclasses.replace(self.training, train_loader=_Repeated(self.batch, steps)).train_epoch(EPOCH)

    def evaluate(self) -> None:
        training = self.training
        model = TrainedModel(
            training.guarded(training.model),
            training.to_input,
            training.processes.device,
            training.task,
            training.amp,
        )
        model.logits(self.shapes.test, self.shapes.clips_per_forward)


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
