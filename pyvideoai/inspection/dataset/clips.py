"""Take clips from a split's own loader, and whole frames of their files beside them."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import torch

from pyvideoai.annotations.names import in_one_line
from pyvideoai.data.batches import Failure, TrainBatch, ViewBatch
from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.data.rows import Rows
from pyvideoai.data.source import ClipSource
from pyvideoai.data.train_input import TrainInput, in_words

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 128  # of the frames that are drawn, in pixels
VIEWS = 3  # of a video, at most


@dataclass(frozen=True)
class SeenClip:
    """Hold a clip as people see it.

    label: its classes in words. about: its video, frames and the like. whole: uint8 (T, h, w, 3), the frames of the
    file, small. fed: uint8 (T, size, size, 3), what the network is given, before it is normalised. fps: frames of the
    clip a second of its video.
    """

    label: str
    about: str
    whole: np.ndarray
    fed: np.ndarray
    fps: float


@dataclass
class Looker:
    """Take clips of one split. failures: grows by the videos that can't be decoded."""

    table: "pd.DataFrame"
    classes: Sequence[str]
    source: ClipSource
    failures: list[Failure]

    def __post_init__(self) -> None:
        self.rows = Rows(self.table)

    def of_training(self, loader: TrainLoader, train_input: TrainInput, epoch: int, count: int) -> Iterator[SeenClip]:
        """Yield the first clips of an epoch, mirrored, augmented and mixed as in training."""
        left = count
        with closing(loader.epoch(epoch)) as steps:
            for batch in (batch for step in steps for batch in step):
                self.failures += batch.failures
                yield from self._of_batch(batch, train_input, left)
                left -= len(batch.rows)
                if left <= 0:
                    return

    def of_views(self, loader: EvalLoader, count: int) -> Iterator[SeenClip]:
        """Yield views of videos from all over the split, as an evaluation is given them."""
        shown = np.linspace(0, loader.views.count - 1, min(loader.views.count, VIEWS)).round().astype(int)
        videos = max(count // len(shown), 1)
        rows = np.unique(np.linspace(0, len(self.table) - 1, min(len(self.table), videos)).round().astype(int))
        for batch in loader.of(rows.tolist()):
            self.failures += batch.failures
            yield from self._of_views(batch, shown.tolist())

    def _of_batch(self, batch: TrainBatch, train_input: TrainInput, most: int) -> Iterator[SeenClip]:
        inputs, targets, _ = train_input(batch)
        fed = train_input.to_input.to_pixels(inputs[:most]).numpy()
        for place, clip in enumerate(fed):
            mirrored = ["mirrored"] if batch.flipped[place] else []
            yield self._seen(batch.rows[place], batch.frames[place], clip, targets[place], mirrored)

    def _of_views(self, batch: ViewBatch, shown: Sequence[int]) -> Iterator[SeenClip]:
        views = batch.clips.shape[1] if len(batch.rows) else 0
        for place in range(len(batch.rows)):
            for view in shown:
                told = [f"view {view + 1} of {views}"] if views > 1 else []
                frames, clip = batch.frames[place, view], batch.clips[place, view].numpy()
                yield self._seen(batch.rows[place], frames, clip, batch.labels[place], told)

    def _seen(
        self, row: torch.Tensor, frames: torch.Tensor, fed: np.ndarray, target: torch.Tensor, told: Sequence[str]
    ) -> SeenClip:
        entry, indices = self.rows[int(row)], frames.numpy()
        whole, num_frames, fps = self._file(entry, indices)
        step = np.median(np.diff(indices)) if len(indices) > 1 else 0
        shown = f"frames {_in_short(indices)} of {num_frames}"
        about = ", ".join([in_one_line(str(entry.video)), shown, *told])
        label = in_one_line(in_words(target.cpu(), self.classes))
        return SeenClip(label, about, whole, fed, fps / max(float(step), 1))

    def _file(self, entry: SimpleNamespace, indices: np.ndarray) -> tuple[np.ndarray, int, float]:
        """Return whole frames of a video, small, and its number of frames and frame rate."""
        pictures: dict[int, np.ndarray] = {}
        with self.source.open(entry.video) as video:
            for places, picture in video.pictures(indices):
                pictures |= dict.fromkeys(places.tolist(), resized(picture, HEIGHT))
            return np.stack([pictures[place] for place in range(len(indices))]), video.num_frames, video.fps


def resized(picture: np.ndarray, height: int) -> np.ndarray:
    """Return uint8 (H, W, 3) with this height: enlarged by a whole factor at most, and shrunk by averaging."""
    from PIL import Image

    factor = max(height // len(picture), 1)
    large = picture.repeat(factor, axis=0).repeat(factor, axis=1)
    if len(large) <= height:
        return large
    width = max(round(large.shape[1] * height / len(large)), 1)
    return np.asarray(Image.fromarray(large).resize((width, height), Image.Resampling.BOX))


def _in_short(indices: np.ndarray) -> str:
    """Put frame indices into words: "0, 8, ... 56"."""
    texts = [str(each) for each in indices.tolist()]
    return ", ".join(texts) if len(texts) <= 4 else f"{', '.join(texts[:2])}, ... {texts[-1]}"
