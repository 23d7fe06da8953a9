"""Videos to clips: a torch Dataset for training and one for evaluation. All that is random derives from indices."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pyvideoai.config.load import Config
from pyvideoai.data.batches import Failure, TrainBatch, ViewBatch
from pyvideoai.data.pixels import HorizontalFlip, PixelStep, training_region
from pyvideoai.data.resize import apply_region
from pyvideoai.data.sampling import AtFps, ClipSampler
from pyvideoai.data.views import Views
from pyvideoai.errors import UserError
from pyvideoai.video import VideoError, open_video

if TYPE_CHECKING:
    import pandas as pd

CLIP_STREAM, ORDER_STREAM = 0, 1  # random streams of one epoch: what a clip looks like, which videos come when
TRIES = 20


@dataclass(frozen=True)
class Draw:
    """One clip of one epoch: its place in the epoch's order and the row of the table that it is from."""

    epoch: int
    position: int
    row: int


class TrainClips(torch.utils.data.Dataset):
    """A random clip per `Draw`. The same (seed, epoch, position) gives the same pixels in any worker of any process."""

    def __init__(self, table: "pd.DataFrame", config: Config) -> None:
        self.table, self.config, self.source = table, config, ClipSource(config)
        self.steps = training_steps(config)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, draw: Draw) -> TrainBatch:
        """A batch of one. A video that can't be decoded is reported, and another random one takes its place."""
        rng = np.random.default_rng([self.config.exp.seed, CLIP_STREAM, draw.epoch, draw.position])
        row, failures = draw.row, []
        for _ in range(TRIES):
            entry = self.table.iloc[row]
            try:
                clip, label = self._clip(entry, rng)
            except VideoError as error:
                failures.append(Failure(str(entry["video"]), error.reason))
                row = int(rng.integers(len(self.table)))
            else:
                return TrainBatch(clip[None], torch.tensor([label]), torch.tensor([row]), failures)
        raise UserError(
            f"{TRIES} videos in a row could not be decoded, the last one {failures[-1].video}: {failures[-1].reason}"
        )

    def _clip(self, entry: "pd.Series", rng: np.random.Generator) -> tuple[torch.Tensor, int]:
        with self.source.open(entry["video"]) as video:
            first, length = segment(entry, video.num_frames, video.fps)
            indices = first + self.source.sampler.train(length, video.fps, rng)
            region = training_region(self.steps, video.height, video.width, rng)
            frames = video.frames(indices)
        target = self.config.dataset.target
        label = int(entry["label"]) if target is None else int(target(entry, indices))
        return apply_region(frames, region, antialias=self.config.exp.antialias), label


class TestViews(torch.utils.data.Dataset):
    """All views of one video, which is opened once. A video that can't be decoded is reported, never replaced."""

    def __init__(self, table: "pd.DataFrame", config: Config, views: Views) -> None:
        self.table, self.config, self.views, self.source = table, config, views, ClipSource(config)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, row: int) -> ViewBatch:
        entry = self.table.iloc[row]
        try:
            clips = self.source.views(entry["video"], self.views, entry)
        except VideoError as error:
            nothing = torch.empty(0, dtype=torch.int64)
            return ViewBatch(
                torch.empty(0, dtype=torch.uint8), nothing, nothing, [Failure(str(entry["video"]), error.reason)]
            )
        return ViewBatch(clips[None], torch.tensor([int(entry["label"])]), torch.tensor([row]))


class ClipSource:
    """Opens a dataset's videos and cuts clips out of them as the configs say."""

    def __init__(self, config: Config) -> None:
        self.config, self.sampler = config, clip_sampler(config)

    def open(self, video: str | Path) -> Any:
        """The open reader of a video; paths are relative to the dataset's root. Raises VideoError."""
        return open_video(Path(self.config.dataset.root, video), reader=self.config.exp.reader)

    def views(self, path: str | Path, views: Views, entry: "pd.Series | None" = None) -> torch.Tensor:
        """uint8 (views, T, size, size, 3): clips outside, crops inside. Raises VideoError."""
        with self.open(path) as video:
            first, length = (0, video.num_frames) if entry is None else segment(entry, video.num_frames, video.fps)
            indices = [first + self.sampler.test(length, video.fps, clip, views.clips) for clip in range(views.clips)]
            frames = video.frames(np.concatenate(indices))
            regions = views.regions(video.height, video.width)
        clips = np.split(frames, views.clips)
        antialias = self.config.exp.antialias
        return torch.stack([apply_region(clip, region, antialias=antialias) for clip in clips for region in regions])


def clip_sampler(config: Config) -> ClipSampler:
    """The experiment's sampler, in frames or in seconds as the dataset says."""
    sampler = config.exp.train_clip
    return AtFps(sampler, config.model.fps) if config.dataset.sample_in == "seconds" else sampler


def training_steps(config: Config) -> tuple[PixelStep, ...]:
    """The experiment's pixel steps, without flips where a mirrored video has another label."""
    steps = config.exp.train_pixels
    keeps = config.dataset.flip_keeps_label
    return tuple(step for step in steps if keeps or not isinstance(step, HorizontalFlip))


def segment(entry: "pd.Series", num_frames: int, fps: float) -> tuple[int, int]:
    """(first frame, number of frames) of a row's part of its video; raises VideoError when nothing of it is there."""
    start, end = _bound(entry, "start", fps), _bound(entry, "end", fps)
    first = 0 if start is None else start
    last = num_frames - 1 if end is None else min(end, num_frames - 1)
    if last < first:
        raise VideoError(
            entry["video"], f"the segment from frame {first} to {last} is empty: the video has {num_frames} frames"
        )
    return first, last - first + 1


def _bound(entry: "pd.Series", name: str, fps: float) -> int | None:
    frame, second = entry.get(f"{name}_frame"), entry.get(f"{name}_s")
    if frame is not None and frame == frame:
        return int(frame)
    return int(second * fps) if second is not None and second == second else None


def join_clips(items: Sequence[TrainBatch]) -> TrainBatch:
    """Batches of one to one batch."""
    return TrainBatch(*_joined(items))


def join_views(items: Sequence[ViewBatch]) -> ViewBatch:
    """Batches of one video to one batch; failed ones leave only their failure."""
    scored = [item for item in items if len(item.rows)] or items[:1]
    return ViewBatch(*_joined(scored)[:3], [failure for item in items for failure in item.failures])


def _joined(items: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, list[Failure]]:
    tensors = (torch.cat([getattr(item, name) for item in items]) for name in ("clips", "labels", "rows"))
    return *tensors, [failure for item in items for failure in item.failures]
