"""PySlowFast's order of work in our own words, with its PyAV decoder.

For every clip the file is opened anew, libav seeks to a keyframe before the clip and decodes up to the clip's end; all
frames of the span become RGB, the clip's are picked out of them, made float, normalised, and only then whole frames are
resized and cropped. A test does this for every view by itself.
Source: facebookresearch/SlowFast (Apache-2.0), slowfast/datasets: decoder.py (pyav_decode), kinetics.py, transform.py.
"""

import functools
from collections.abc import Callable

import av
import numpy as np
import torch
from torch.nn.functional import interpolate

from benchmark.loader.protocol import Job, Protocol
from benchmark.loader.stopwatch import Stopwatch
from pyvideoai.data.pixels import Region, training_region
from pyvideoai.video import VideoError

MARGIN = 1024  # ticks before the clip's first frame, whose time may be later than that of frames decoded after it
MEAN, STD = (0.45, 0.45, 0.45), (0.225, 0.225, 0.225)


class PySlowFast:
    """The contestant."""

    name = "PySlowFast's order"
    converts_as_pyav = True

    def prepare(self, protocol: Protocol, job: Job) -> Callable[[Stopwatch], list[torch.Tensor]]:
        """See `timing.Contestant`."""
        order = self.train if protocol.views is None else self.test
        return functools.partial(order, protocol, job)

    def train(self, protocol: Protocol, job: Job, watch: Stopwatch) -> list[torch.Tensor]:
        """Return one float32 (3, T, size, size) per clip, each from a file that is opened for it."""
        clips = []
        for number, indices in enumerate(job.indices):
            clip = _normalised(_span(job.path, indices, watch))
            rng = np.random.default_rng([job.row, job.draw, number])
            clips.append(_cut(clip, training_region(protocol.steps, *clip.shape[2:], rng)))
            watch.lap("pixels")
        return clips

    def test(self, protocol: Protocol, job: Job, watch: Stopwatch) -> list[torch.Tensor]:
        """float32 (3, T, size, size), the last view alone; all views of a video are items of their own."""
        for indices in job.indices:
            for crop in range(protocol.views.crops):
                clip = _normalised(_span(job.path, indices, watch))
                clip = _cut(clip, protocol.views.regions(*clip.shape[2:])[crop])
                watch.lap("pixels")
        return [clip]

    def frames(self, path: str, indices: np.ndarray) -> np.ndarray:
        """uint8 (T, H, W, 3): what it takes for these frames, before any resizing."""
        return _span(path, indices, Stopwatch()).numpy()


def _span(path: str, indices: np.ndarray, watch: Stopwatch) -> torch.Tensor:
    """Return uint8 (T, H, W, 3): the frames at `indices`, by their times, counted from the first that is decoded."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        ticks = stream.duration / stream.frames if stream.duration and stream.frames else None
        watch.lap("open")
        shown = _between(container, stream, path, indices.min() * (ticks or 1), indices.max() * (ticks or 1), ticks)
        pictures = [frame.to_ndarray(format="rgb24") for frame in shown]
    if not pictures:
        raise VideoError(path, "no frame has a time within the clip")
    first = 0 if ticks is None else indices.min()
    frames = torch.as_tensor(np.stack(pictures))[np.clip(indices - first, 0, len(pictures) - 1)]
    watch.lap("decode")
    return frames


def _between(
    container: object, stream: object, path: str, start: float, end: float, ticks: float | None
) -> list[av.VideoFrame]:
    """Return the frames shown from time `start` to `end`, in ticks, and one more; all frames if times are unknown."""
    if ticks is None:
        return list(container.decode(video=0))
    start, end = int(start), int(end)
    container.seek(max(start - MARGIN, 0), any_frame=False, backward=True, stream=stream)
    shown = {}
    for frame in container.decode(video=0):
        if frame.pts is None:
            raise VideoError(path, "a frame has no time")
        if frame.pts >= start:
            shown[frame.pts] = frame
        if frame.pts > end:
            break
    return [shown[time] for time in sorted(shown)]


def _normalised(frames: torch.Tensor) -> torch.Tensor:
    """Turn uint8 (T, H, W, 3) into float32 (3, T, H, W)."""
    floats = (frames.float() / 255 - torch.tensor(MEAN)) / torch.tensor(STD)
    return floats.permute(3, 0, 1, 2)


def _cut(clip: torch.Tensor, region: Region) -> torch.Tensor:
    """Resize whole frames as the region's scale says, crop, mirror. Float32 (3, T, H, W) to (3, T, size, size)."""
    down, across = region.height / region.out_height, region.width / region.out_width
    size = round(clip.shape[2] / down), round(clip.shape[3] / across)
    resized = interpolate(clip, size=size, mode="bilinear", align_corners=False)
    top, left = round(region.top / down), round(region.left / across)
    crop = resized[:, :, top : top + region.out_height, left : left + region.out_width]
    return crop.flip(3) if region.flip else crop
