"""Other readers as contestants: each decodes the frames in the way its manual recommends, then our cutter cuts them.

Whatever differs is the reader's: the frames that are asked for, the crops' sizes and the resizing are those of ours.
Each has one thread, and gives whole frames as RGB, uint8 (T, H, W, 3).
"""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from benchmark.loader.command import READERS
from benchmark.loader.protocol import Job, Protocol
from benchmark.loader.stopwatch import Stopwatch
from pyvideoai.data.cuts import Cuts
from pyvideoai.data.pixels import training_region
from pyvideoai.data.source import ClipSource
from pyvideoai.errors import UserError
from pyvideoai.video import Video

Frames = Callable[[list[int]], np.ndarray]  # rising indices without repeats -> uint8 (T, H, W, 3)


class OtherReader:
    """The contestant. name: one of `READERS`. Raises UserError if it isn't installed."""

    converts_as_pyav = False

    def __init__(self, name: str) -> None:
        self.name = f"{name}, our cut"
        try:
            self.open: Callable[[str], Frames] = OPENERS[name]()
        except (ImportError, OSError, RuntimeError) as error:
            why = " ".join(str(error).split())[:120]
            raise UserError(f"--against {name}: pip install {READERS[name]} ({why})") from None

    def prepare(self, protocol: Protocol, job: Job) -> Callable[[Stopwatch], torch.Tensor | Cuts]:
        """See `timing.Contestant`."""
        return functools.partial(self.load, protocol, job)

    def load(self, protocol: Protocol, job: Job, watch: Stopwatch) -> torch.Tensor | Cuts:
        """Return uint8 (clips, T, size, size, 3), or what the views are made of, as ours does."""
        frames = self.open(job.path)
        watch.lap("open")
        video = _Decoded(job, frames)
        watch.lap("decode")
        shown = _cut(protocol, job, video)
        watch.lap("pixels")
        return shown

    def frames(self, path: str, indices: np.ndarray) -> np.ndarray:
        """uint8 (T, H, W, 3): what it takes for these frames, before any resizing."""
        wanted, places = np.unique(indices, return_inverse=True)
        return self.open(path)(wanted.tolist())[places]


class _Decoded(Video):
    """Frames that are decoded already, as a video that has only these."""

    def __init__(self, job: Job, frames: Frames) -> None:
        self.path, self.fps = Path(job.path), 25.0
        self.wanted = np.unique(job.indices)
        self.decoded = frames(self.wanted.tolist())
        self.num_frames = int(self.wanted[-1]) + 1
        self.height, self.width = self.decoded[0].shape[:2]

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        yield from enumerate(self.decoded)

    def close(self) -> None:
        """Do nothing: no file is open."""


def _cut(protocol: Protocol, job: Job, video: Video) -> torch.Tensor | Cuts:
    """Cut clips at random places, as in training, or views."""
    source = ClipSource(job.root, sampler=protocol.sampler)
    if protocol.views is not None:
        return source.cut_views(video, protocol.views, job.indices)
    rngs = [np.random.default_rng([job.row, job.draw, clip]) for clip in range(len(job.indices))]
    regions = [training_region(protocol.steps, video.height, video.width, rng) for rng in rngs]
    return source.clips(video, list(job.indices), regions)


def _video_reader_rs() -> Callable[[str], Frames]:
    from video_reader import PyVideoReader

    def opened(path: str) -> Frames:
        return PyVideoReader(path, threads=1).get_batch  # which chooses by itself between seeking and reading on

    return opened


def _torchcodec() -> Callable[[str], Frames]:
    from torchcodec.decoders import VideoDecoder

    def opened(path: str) -> Frames:
        reader = VideoDecoder(path, dimension_order="NHWC", num_ffmpeg_threads=1, seek_mode="exact")
        return lambda wanted: reader.get_frames_at(wanted).data.numpy()

    return opened


def _decord2() -> Callable[[str], Frames]:
    import decord

    if int(decord.__version__.split(".")[0]) < 2:
        raise ImportError("decord itself is installed, whose name decord2 shares")
    decord.logging.set_level(decord.logging.QUIET)

    def opened(path: str) -> Frames:
        reader = decord.VideoReader(path, num_threads=1)
        return lambda wanted: reader.get_batch(wanted).asnumpy()

    return opened


def _opencv() -> Callable[[str], Frames]:
    import cv2

    cv2.setNumThreads(0)

    def opened(path: str) -> Frames:
        reader = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        return functools.partial(_read_on, cv2, reader, path)

    return opened


def _read_on(cv2: object, reader: object, path: str, wanted: list[int]) -> np.ndarray:
    """Read from the start, without seeking, which OpenCV does by time; keep the frames `wanted`. Raises OSError."""
    kept = []
    for index in range(wanted[-1] + 1):
        if not reader.grab():
            raise OSError(f"{path}: OpenCV finds {index} frames, {wanted[-1] + 1} are asked for")
        if index == wanted[len(kept)]:
            kept.append(cv2.cvtColor(reader.retrieve()[1], cv2.COLOR_BGR2RGB))
    return np.stack(kept)


OPENERS = {
    "video_reader-rs": _video_reader_rs,
    "torchcodec": _torchcodec,
    "opencv": _opencv,
    "decord2": _decord2,
}
