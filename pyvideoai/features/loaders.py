"""Batches as the loaders of clips give them, with features in place of clips; and what the network's input becomes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor, nn

from pyvideoai.data.batches import Failure, TrainBatch, ViewBatch
from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.data.order import ClipRequest
from pyvideoai.data.train_input import StepInput
from pyvideoai.errors import UserError, counted
from pyvideoai.features.collect import Collected
from pyvideoai.features.folder import MADE_BY, by_view
from pyvideoai.features.store import Entry, Store

if TYPE_CHECKING:
    import pandas as pd

VIDEOS = 256  # of an evaluation batch


class KeptFeatures(Protocol):
    """Describe what a training asks of features. head: turns them into logits, and trains."""

    head: nn.Module

    def of(self, loader: EvalLoader, title: str) -> EvalLoader:
        """Return a loader that gives features in place of the clips of another."""
        ...


class TrainFeatures:
    """Give the steps of each epoch as `TrainLoader` does: the same videos in the same order.

    collected: by place, row * fixed_views + view. Raises UserError if a row has no features at all.
    """

    def __init__(self, loader: TrainLoader, collected: Collected) -> None:
        self.order, self.notes, self.collected = loader.order, loader.notes, collected
        self.steps, self.clips_per_device = loader.steps, loader.clips_per_device
        if not collected.entries:
            raise UserError("no training video could be decoded")
        self.places = {place: number for number, place in enumerate(sorted(collected.entries))}
        self.features, self.labels = _stacked(collected, list(self.places))

    def epoch(self, epoch: int, *, start_step: int = 0) -> Iterator[list[TrainBatch]]:
        """See `TrainLoader`."""
        self.order.epoch, self.order.start_step = epoch, start_step
        batches = [self._batch(draws, epoch) for draws in self.order]
        for first in range(0, len(batches), self.order.accumulation):
            yield batches[first : first + self.order.accumulation]

    def reading(self) -> str:
        """Return what is read just now, which is never a video."""
        return "features"

    def _batch(self, draws: Sequence[ClipRequest], epoch: int) -> TrainBatch:
        failures = [each for draw in draws for each in self.collected.failures.get(draw.position, [])]
        if lost := [draw for draw in draws if draw.position not in self.places]:
            reasons = "; ".join(f"{each.video}: {each.reason}" for each in failures[:3])
            raise UserError(f"{len(lost)} videos in a batch of {len(draws)} could not be decoded: {reasons}")
        numbers = torch.tensor([self.places[draw.position] for draw in draws])
        rows, positions = (torch.tensor([getattr(draw, name) for draw in draws]) for name in ("row", "position"))
        unflipped = torch.zeros(len(draws), dtype=torch.bool)
        return TrainBatch(self.features[numbers], self.labels[numbers], rows, unflipped, positions, epoch, failures)


class EvalFeatures(EvalLoader):
    """Give this process's rows of a split as `EvalLoader` does. collected: by row."""

    def __init__(self, loader: EvalLoader, collected: Collected, rows: Sequence[int]) -> None:
        at_once = loader.clips_per_forward or VIDEOS  # features and a head take little memory
        super().__init__(loader.batches, loader.views, loader.table, at_once, loader.mirrored_labels)
        self.collected, self.rows = collected, rows

    def __iter__(self) -> Iterator[ViewBatch]:
        for first in range(0, len(self.rows), VIDEOS):
            rows = self.rows[first : first + VIDEOS]
            failures = [each for row in rows for each in self.collected.failures.get(row, [])]
            whole = [row for row in rows if row in self.collected.entries]
            if whole:
                yield ViewBatch(*_stacked(self.collected, whole), torch.tensor(whole), failures)
            else:
                yield ViewBatch(torch.empty(0), torch.empty(0), torch.empty(0, dtype=torch.int64), failures)


class FeatureInput(nn.Module):
    """Give the head and the loss what they receive of a `TrainBatch` of features, on the device."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device

    def notes(self) -> list[str]:
        """Return lines for the console: none."""
        return []

    def forward(self, batch: TrainBatch) -> StepInput:
        labels = batch.labels.to(self.device, non_blocking=True)
        return StepInput(batch.on(self.device), labels, labels)


def _stacked(collected: Collected, places: Sequence[int]) -> tuple[Tensor, Tensor]:
    entries = [collected.entries[place] for place in places]
    return torch.stack([entry["features"] for entry in entries]), torch.stack([entry["label"] for entry in entries])


def in_folder(root: Path, table: "pd.DataFrame", labels: Sequence[Tensor], *, views: int, setting: str) -> Collected:
    """Return the features of a table of a folder (see `features.folder`), by row.

    views: how many a row must have, by the experiment's `setting`. Raises UserError for another number, and
    if features are gone.
    """
    keys = [cell.split() for cell in table["keys"]]
    store = Store(root)
    found = store.get((key for row in keys for key in row), ("features", "frames"))
    gone = [video for video, row in zip(table["video"], keys, strict=True) if not found.keys() >= set(row)]
    if gone:
        why = store.faults[0] if store.faults else f"{root.absolute()} lacks them"
        raise UserError(
            f"features of {counted(len(gone), 'video')} are gone, such as {gone[0]} ({why}); run {MADE_BY} again"
        )
    collected = Collected()
    for row, (own, video, error) in enumerate(zip(keys, table["video"], table["error"], strict=True)):
        if not own:
            collected.failures[row] = [Failure(video, error)]
            continue
        features = torch.cat([by_view(found[key]["features"], found[key]["frames"]) for key in own])
        if len(features) != views:
            raise UserError(
                f"{video} has {counted(len(features), 'view')} in {root}, and the experiment looks at {views}, by "
                f"{setting}: they must be as many"
            )
        collected.entries[row] = {"features": features, "label": labels[row]}
    return collected


def by_fixed_view(collected: Collected, views: int) -> Collected:
    """Return features by row as those by fixed view: row 0's views, then row 1's, ...

    Another row takes the place of one that could not be decoded, as in a run that looks at the videos.
    """
    whole = sorted(collected.entries)

    def shown(row: int) -> Entry:
        return collected.entries[row if row in collected.entries else whole[row % len(whole)]]

    def one(entry: Entry, view: int) -> Entry:
        return {"features": entry["features"][view], "label": entry["label"]}

    rows = sorted({*whole, *collected.failures}) if whole else []
    return Collected(
        {row * views + view: one(shown(row), view) for row in rows for view in range(views)},
        {row * views + view: each for row, each in collected.failures.items() for view in range(views)},
    )
