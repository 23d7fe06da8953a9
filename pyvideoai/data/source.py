"""Open the videos of a folder and cut clips out of them: frames and pixels."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from pyvideoai.annotations.columns import BOUNDS
from pyvideoai.data.cuts import Cuts, Shown, cut_apart
from pyvideoai.data.facts import facts_of
from pyvideoai.data.pixels import Region
from pyvideoai.data.prepared import copies_in
from pyvideoai.data.resize import Cutter, cut_clips
from pyvideoai.data.sampling import ClipSampler, frames_in_test, view_of
from pyvideoai.data.views import Views
from pyvideoai.errors import counted
from pyvideoai.video import Video, VideoError, open_in_order, open_video


class ClipSource:
    """Open videos, or their prepared copies, and cut clips out of them.

    root: the folder that videos are named relative to. sampler: which frames a clip has, `Dense(8, 8)` or another;
    `AtFps(sampler, fps)` counts strides in seconds. prepared: a folder of copies made by tools/prepare_videos.py, which
    are read instead. reader: "auto", "pyav", "decord", "torchcodec" or "torchcodec_cuda"; the first two are frame-exact
    on every file. antialias: whether shrinking a crop averages over all its pixels. resize_on: "worker", or "device":
    what enlarges is left to the network's device.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        sampler: ClipSampler,
        prepared: Path | None = None,
        reader: str = "auto",
        antialias: bool = True,
        resize_on: str = "worker",
    ) -> None:
        self.root, self.sampler, self.prepared, self.reader, self.antialias = root, sampler, prepared, reader, antialias
        self.resize_later = resize_on == "device"

    @property
    def folder(self) -> Path:
        """Return the folder whose files are read."""
        return Path(self.prepared or self.root)

    def path(self, video: str | Path) -> Path:
        """Return the file or folder that is read for a video, which may be missing."""
        return Path(self.root, video) if self.prepared is None else copies_in(self.prepared).path(video)

    def open(self, video: str | Path) -> Video:
        """Return the open reader of a video. Raises VideoError."""
        if self.prepared is not None:
            return copies_in(self.prepared).open(video, self.reader)
        return open_video(Path(self.root, video), reader=self.reader)

    def open_in_order(self, video: str | Path) -> Video:
        """Return the open reader of a video that is read once, from start to end: see `video.open_in_order`."""
        return self.open(video) if self.prepared else open_in_order(Path(self.root, video), self.reader)

    def clips(self, video: Video, indices: Sequence[np.ndarray], regions: Sequence[Region]) -> torch.Tensor | Cuts:
        """Return uint8 (clips, T, out_height, out_width, 3), or what they are made of: clip i shows the frames
        indices[i] in regions[i].
        """
        cutters = [self.cutter([region], video) for region in regions]
        if self.resize_later:
            frames = np.arange(len(indices[0]))[None]
            asked = [Shown(cutter, of_clip, frames, [(0, 0)]) for cutter, of_clip in zip(cutters, indices, strict=True)]
            return cut_apart(video, asked, resize_later=True)
        # One size: the loader has checked that `train_pixels` gives no other.
        sizes = {(region.out_height, region.out_width) for region in regions}
        clips = torch.empty(len(regions), len(indices[0]), *sizes.pop(), 3, dtype=torch.uint8)
        cut_clips(video, indices, cutters, [[clip] for clip in clips])
        return clips

    def views(self, path: str | Path, views: Views, entry: SimpleNamespace | None = None) -> torch.Tensor:
        """Return uint8 (views, T, size, size, 3) in `views.order()`; each frame is decoded once. Raises VideoError.

        entry: the video's row in a table, which may name a part of it.
        """
        with self.open(path) as video:
            return self.views_of(video, views, entry)[0].to("cpu")

    def views_of(
        self, video: Video, views: Views, entry: SimpleNamespace | None = None, *, shared: bool = False
    ) -> tuple[Cuts, torch.Tensor, torch.Tensor]:
        """Return what the views of an open video are made of, the `facts_of` it, and the indices of the views' frames,
        int64 (views, T). shared: see `cut_apart`.
        """
        first, length = (0, video.num_frames) if entry is None else segment(entry, video)
        clips = range(views.clips)
        indices = np.stack([first + view_of(self.sampler, length, video.fps, clip, views.clips) for clip in clips])
        # `indices` has an entry a clip; all crops of a clip show the same frames.
        frames = torch.from_numpy(np.stack([indices[clip] for clip, _ in views.order()]))
        return self.cut_views(video, views, indices, shared=shared), facts_of(video, length), frames

    def cut_views(self, video: Video, views: Views, indices: np.ndarray, *, shared: bool = False) -> Cuts:
        """Return what the views of an open video are made of. indices: int64 (clips, T), the frames of each clip."""
        frames, places = np.unique(indices, return_inverse=True)
        cutter = self.cutter(views.regions(video.height, video.width), video)
        shown = Shown(cutter, frames, places.reshape(indices.shape), views.order())
        return cut_apart(video, [shown], resize_later=self.resize_later, shared=shared)

    def empty_views(self, views: Views) -> tuple[torch.Tensor, list[list[torch.Tensor]]]:
        """Return memory for a video's views, uint8 (views, T, size, size, 3) in `views.order()`, and its parts:
        [clip][crop] is that of one view.
        """
        shape = (views.count, frames_in_test(self.sampler), views.size, views.size, 3)
        shown = torch.empty(shape, dtype=torch.uint8)
        of_view = dict(zip(views.order(), shown, strict=True))
        return shown, [[of_view[clip, crop] for crop in range(views.crops)] for clip in range(views.clips)]

    def cutter(self, regions: Sequence[Region], video: Video) -> Cutter:
        """Return what cuts regions out of the pictures of a video."""
        return Cutter(regions, video.height, video.width, antialias=self.antialias)


def segment(entry: SimpleNamespace, video: Video) -> tuple[int, int]:
    """Return (first frame, number of frames) of a row's part of its video. Raises VideoError if the part is empty."""
    start, end = _bound(entry, "start", video), _bound(entry, "end", video)
    first = 0 if start is None else start
    # A part may end beyond the last frame and is cut there; one that begins beyond it is an error.
    last = video.num_frames - 1 if end is None else min(end, video.num_frames - 1)
    if last < first:
        raise VideoError(
            entry.video,
            f"no frame lies in the part {_told(entry)}; the video has {counted(video.num_frames, 'frame')} "
            f"at {video.fps:.4g} fps",
        )
    return first, last - first + 1


def _told(entry: SimpleNamespace) -> str:
    """Return a row's bounds as it has them: "start_s 10, end_s 12"."""
    given = {name: getattr(entry, name, None) for pair in BOUNDS for name in pair}
    return ", ".join(f"{name} {value:g}" for name, value in given.items() if value is not None and value == value)


def _bound(entry: SimpleNamespace, name: str, video: Video) -> int | None:
    """Return the first frame at or after a time; for the end of a segment in seconds, the frame before that."""
    frame, second = getattr(entry, f"{name}_frame", None), getattr(entry, f"{name}_s", None)
    if frame is not None and frame == frame:  # not NaN, which an empty cell is
        return int(frame)
    if second is None or second != second:
        return None
    return video.frame_at(second) - (name == "end")
