"""Videos to clips: a torch Dataset for training and one for evaluation. All that is random derives from indices."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.data import default_collate

from pyvideoai.annotations.mirror import Flips, flipped_labels, flips
from pyvideoai.config.load import Config
from pyvideoai.data.batches import Failure, TrainBatch, ViewBatch
from pyvideoai.data.order import CLIP_STREAM, Draw
from pyvideoai.data.pixels import HorizontalFlip, PixelStep, Region, training_region
from pyvideoai.data.prepared import copies_in
from pyvideoai.data.resize import Cutter, cut_clips
from pyvideoai.data.sampling import AtFps, ClipSampler
from pyvideoai.data.views import Views
from pyvideoai.errors import UserError, explain
from pyvideoai.tasks import task_of
from pyvideoai.video import Video, VideoError, open_video

if TYPE_CHECKING:
    import pandas as pd

TRIES = 20
NO_CLIPS, NO_ROWS = torch.empty(0, dtype=torch.uint8), torch.empty(0, dtype=torch.int64)


class TrainClips(torch.utils.data.Dataset):
    """Random clips per `Draw`. The same (seed, epoch, position) gives the same pixels in any worker of any process."""

    def __init__(self, table: "pd.DataFrame", config: Config) -> None:
        self.rows, self.config, self.source = Rows(table), config, ClipSource(config)
        self.targets = Targets(config)
        self.steps = training_steps(config)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, draw: Draw) -> TrainBatch:
        """A draw's clips. A video that can't be decoded is reported, and another random one takes its place.

        After many tries the batch is empty but for the failures: this may run in a worker, the loader tells the user.
        """
        stream = [self.config.exp.seed, CLIP_STREAM, draw.epoch]
        rngs = [np.random.default_rng([*stream, draw.position + clip]) for clip in range(draw.clips)]
        row, failures = draw.row, []
        for _ in range(TRIES):
            entry = self.rows[row]
            try:
                clips, labels, flips = self._clips(entry, rngs)
            except VideoError as error:
                explain(error)
                failures.append(Failure(entry.video, error.reason))
                row = int(rngs[0].integers(len(self.rows)))
            else:
                positions = range(draw.position, draw.position + draw.clips)
                numbers = (torch.tensor(each) for each in ([row] * draw.clips, flips, positions))
                return TrainBatch(clips, torch.stack(labels), *numbers, draw.epoch, failures)
        return TrainBatch(NO_CLIPS, NO_ROWS, NO_ROWS, NO_ROWS.bool(), NO_ROWS, draw.epoch, failures)

    def _clips(
        self, entry: SimpleNamespace, rngs: Sequence[np.random.Generator]
    ) -> tuple[torch.Tensor, list[torch.Tensor], list[bool]]:
        """(pixels, labels, flips): a label is that of the clip once the device has mirrored it as its flip says."""
        with self.source.open(entry.video) as video:
            first, length = segment(entry, video)
            drawn = [self._draw(video, length, rng) for rng in rngs]
            indices = [first + frames for frames, _ in drawn]
            clips = self.source.clips(video, indices, [replace(region, flip=False) for _, region in drawn])
        flips = [region.flip for _, region in drawn]
        return clips, [self.targets.of_clip(entry, *each) for each in zip(indices, flips, strict=True)], flips

    def _draw(self, video: Video, length: int, rng: np.random.Generator) -> tuple[np.ndarray, Region]:
        return self.source.sampler.train(length, video.fps, rng), self._region(video, rng)

    def _region(self, video: Video, rng: np.random.Generator) -> Region:
        try:
            return training_region(self.steps, video.height, video.width, rng)
        except ValueError as error:
            raise VideoError(video.path, f"train_pixels: {error}") from None


class TestViews(torch.utils.data.Dataset):
    """All views of one video, which is opened once. A video that can't be decoded is reported, never replaced."""

    def __init__(self, table: "pd.DataFrame", config: Config, views: Views) -> None:
        # the source holds the config, which is pickled first: views of the config's own are found in it by a worker
        self.rows, self.source, self.targets, self.views = Rows(table), ClipSource(config), Targets(config), views

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> ViewBatch:
        entry = self.rows[row]
        try:
            clips = self.source.views(entry.video, self.views, entry)
        except VideoError as error:
            explain(error)
            return ViewBatch(NO_CLIPS, NO_ROWS, NO_ROWS, [Failure(entry.video, error.reason)])
        return ViewBatch(clips[None], self.targets.of_row(entry)[None], torch.tensor([row]))


class Targets:
    """Labels as tensors, of the shape and type that the task has: see `tasks.Task.label_array`."""

    def __init__(self, config: Config) -> None:
        dataset = config.dataset
        self.hook, pairs = dataset.target, flips_in(config).pairs
        self.task, self.classes = task_of(dataset.multi_label), len(dataset.classes())
        self.mirrored = flipped_labels(dataset.classes(), pairs) if pairs else None

    def of_row(self, entry: SimpleNamespace) -> torch.Tensor:
        """Return the label that the table gives."""
        return self._tensor(entry.label)

    def of_clip(self, entry: SimpleNamespace, indices: np.ndarray, flip: bool) -> torch.Tensor:
        """Return the clip's label: from the hook `target` if there is one, else from the table.

        For a flipped clip, the label of its mirror image.
        """
        label = entry.label if self.hook is None else self._asked(entry, indices)
        return self._tensor(self.task.mirrored(label, self.mirrored) if flip and self.mirrored else label)

    def _asked(self, entry: SimpleNamespace, indices: np.ndarray) -> int | list[int]:
        """Return what the hook `target` says, checked."""
        returned = self.hook(entry, indices)
        try:
            return self.task.label(returned, self.classes)
        except ValueError as error:
            raise self.hook.refused(returned, str(error)) from None

    def _tensor(self, label: int | Iterable[int]) -> torch.Tensor:
        return torch.from_numpy(self.task.label_array([label], self.classes))[0]


class Rows:
    """A table's rows as objects with an attribute per column, a hundredth of the time that pandas takes for one."""

    def __init__(self, table: "pd.DataFrame") -> None:
        self.columns = {name: table[name].to_numpy() for name in table.columns}

    def __len__(self) -> int:
        return len(self.columns["video"])

    def __getitem__(self, row: int) -> SimpleNamespace:
        return SimpleNamespace(**{name: column[row] for name, column in self.columns.items()})


class ClipSource:
    """Opens a dataset's videos, or their prepared copies, and cuts clips out of them as the configs say."""

    def __init__(self, config: Config, *, originals: bool = False) -> None:
        self.config, self.sampler = config, clip_sampler(config)
        self.prepared = None if originals else config.dataset.prepared

    def open(self, video: str | Path) -> Video:
        """The open reader of a video; paths are relative to the dataset's root. Raises VideoError."""
        if self.prepared is not None:
            return copies_in(self.prepared).open(video, self.config.exp.reader)
        return open_video(Path(self.config.dataset.root, video), reader=self.config.exp.reader)

    def clips(self, video: Video, indices: Sequence[np.ndarray], regions: Sequence[Region]) -> torch.Tensor:
        """uint8 (clips, T, out_height, out_width, 3): clip i shows the frames indices[i] in regions[i]."""
        sizes = {(region.out_height, region.out_width) for region in regions}
        clips = torch.empty(len(regions), len(indices[0]), *sizes.pop(), 3, dtype=torch.uint8)
        cut_clips(video, indices, [self._cutter([region], video) for region in regions], [[clip] for clip in clips])
        return clips

    def views(self, path: str | Path, views: Views, entry: SimpleNamespace | None = None) -> torch.Tensor:
        """uint8 (views, T, size, size, 3) in `views.order()`; a frame is decoded once. Raises VideoError."""
        with self.open(path) as video:
            first, length = (0, video.num_frames) if entry is None else segment(entry, video)
            indices = [first + self.sampler.test(length, video.fps, clip, views.clips) for clip in range(views.clips)]
            shown = torch.empty(views.count, len(indices[0]), views.size, views.size, 3, dtype=torch.uint8)
            of_view = dict(zip(views.order(), shown, strict=True))
            into = [[of_view[clip, crop] for crop in range(views.crops)] for clip in range(views.clips)]
            cutter = self._cutter(views.regions(video.height, video.width), video)
            cut_clips(video, indices, [cutter] * views.clips, into)
        return shown

    def _cutter(self, regions: Sequence[Region], video: Video) -> Cutter:
        return Cutter(regions, video.height, video.width, antialias=self.config.exp.antialias)


def clip_sampler(config: Config) -> ClipSampler:
    """The experiment's sampler, in frames or in seconds as the dataset says."""
    sampler = config.exp.train_clip
    return AtFps(sampler, config.model.fps) if config.dataset.sample_in == "seconds" else sampler


def training_steps(config: Config) -> tuple[PixelStep, ...]:
    """The experiment's pixel steps, without flips where a mirrored video has another label."""
    steps = config.exp.train_pixels
    allowed = flips_in(config).allowed
    return tuple(step for step in steps if allowed or not isinstance(step, HorizontalFlip))


def flips_in(config: Config) -> Flips:
    """What flips do to the dataset's labels. Class names may lie on a disk: they are read only if clips are flipped."""
    dataset = config.dataset
    if not any(isinstance(step, HorizontalFlip) for step in config.exp.train_pixels):
        return Flips()
    return flips(dataset.flip_keeps_label, dataset.flip_labels, dataset.classes)


def mirrored_labels(config: Config, views: Views, classes: Sequence[str] | None = None) -> list[int] | None:
    """Return for each class the one whose score a mirrored view has in its place; None where nothing is exchanged.

    classes: of the dataset, where they are known already.
    Raises UserError where views are mirrored and a mirrored video has a label that is not known.
    """
    if not any(views.mirrored()):
        return None
    dataset = config.dataset
    names = dataset.classes() if classes is None else classes
    found = flips(dataset.flip_keeps_label, dataset.flip_labels, lambda: names)
    if not found.allowed:
        reason = found.note.partition(": ")[2]
        raise UserError(
            f"{type(views).__name__} has mirrored views, which can't be scored: {reason}; take views without mirror "
            "images, or name the classes that a mirror exchanges in dataset.flip_labels, with flip_keeps_label = True"
        )
    return flipped_labels(names, found.pairs) if found.pairs else None


def segment(entry: SimpleNamespace, video: Video) -> tuple[int, int]:
    """(first frame, number of frames) of a row's part of its video; raises VideoError when nothing of it is there."""
    start, end = _bound(entry, "start", video), _bound(entry, "end", video)
    first = 0 if start is None else start
    last = video.num_frames - 1 if end is None else min(end, video.num_frames - 1)
    if last < first:
        raise VideoError(
            entry.video, f"the segment from frame {first} to {last} is empty: the video has {video.num_frames} frames"
        )
    return first, last - first + 1


def _bound(entry: SimpleNamespace, name: str, video: Video) -> int | None:
    """The first frame at or after a time; the end of a segment in seconds is the first frame that is out of it."""
    frame, second = getattr(entry, f"{name}_frame", None), getattr(entry, f"{name}_s", None)
    if frame is not None and frame == frame:
        return int(frame)
    if second is None or second != second:
        return None
    return video.frame_at(second) - (name == "end")


def join_clips(items: Sequence[TrainBatch]) -> TrainBatch:
    """Batches of one to one batch."""
    tensors = _joined(items, ("clips", "labels", "rows", "flipped", "positions"))
    return TrainBatch(*tensors, items[0].epoch, _failures(items))


def join_views(items: Sequence[ViewBatch]) -> ViewBatch:
    """Batches of one video to one batch."""
    return ViewBatch(*_joined(items, ("clips", "labels", "rows")), _failures(items))


def _joined(items: Sequence[TrainBatch | ViewBatch], names: Sequence[str]) -> list[torch.Tensor]:
    """The tensors of several batches, one after the other; those without clips leave nothing."""
    filled = [item for item in items if len(item.rows)]
    if not filled:
        return [getattr(items[0], name) for name in names]
    # default_collate writes straight to the memory that a worker shares with its parent; `cat` would be copied there
    return [default_collate([each for item in filled for each in getattr(item, name)]) for name in names]


def _failures(items: Sequence[TrainBatch | ViewBatch]) -> list[Failure]:
    return [failure for item in items for failure in item.failures]
