"""Who gives the frames that were asked for: compared with decoding each file from its start with PyAV.

A reader that converts colours as PyAV does must agree bit for bit. decord converts with other rounding, so for it the
question is which frame it gave: right is a clip whose every picture is near to the frame asked for (less than `NEAR`
grey levels on average) and no farther from it than from any frame around (up to `AROUND` away; `TIE` grey levels are
taken for the same, since frames of a still scene can't be told apart: the doubt is in the reader's favour).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmark.loader.protocol import Job
from benchmark.loader.timing import FAILURES
from pyvideoai.errors import UserError
from pyvideoai.video import libav
from pyvideoai.video.to_rgb import ToRgb

NEAR, TIE, AROUND = 6.0, 0.05, 4
EVERY = 8  # pixels, from one that is compared to the next

Frames = Callable[[str, np.ndarray], np.ndarray]


@dataclass
class Truth:
    """Of a file's frames by index: a digest of those asked for, and every eighth pixel of those around them."""

    digests: dict[int, bytes] = field(default_factory=dict)
    samples: dict[int, np.ndarray] = field(default_factory=dict)

    def identical(self, index: int, picture: np.ndarray) -> bool:
        """Return whether uint8 (H, W, 3) is this frame bit for bit."""
        return _digest(picture) == self.digests[index]

    def nearest(self, index: int, picture: np.ndarray) -> bool:
        """Return whether uint8 (H, W, 3) is nearer to this frame than to any of its neighbours."""
        if picture[::EVERY, ::EVERY].shape != self.samples[index].shape:
            return False
        around = [other for other in self.samples if abs(other - index) <= AROUND]
        distances = {other: _distance(picture, self.samples[other]) for other in around}
        return distances[index] < NEAR and distances[index] <= min(distances.values()) + TIE


def truth_of(path: Path, indices: Iterable[int]) -> Truth:
    """Decode a file from its start, upright. Raises VideoError."""
    wanted = {int(index) for index in indices}
    around = {index + offset for index in wanted for offset in range(-AROUND, AROUND + 1)}
    truth, last = Truth(), max(around)
    with libav.open_container(path) as container:
        stream = libav.video_stream(container, path, threads=1)
        to_rgb = None
        for index, frame in enumerate(libav.decode_all(container, stream, path)):
            to_rgb = to_rgb or ToRgb(libav.upright_of(frame))
            if index in around:
                picture = to_rgb.upright.apply(to_rgb.convert(frame))
                truth.samples[index] = picture[::EVERY, ::EVERY].copy()
            if index in wanted:
                truth.digests[index] = _digest(picture)
            if index == last:
                break
    return truth


def exact_shares(readers: dict[str, tuple[Frames, bool]], jobs: Sequence[Job]) -> dict[str, float]:
    """Return for each reader the share of clips in which every frame is right.

    readers: name -> (frames, whether bit for bit).
    """
    right = dict.fromkeys(readers, 0)
    clips = 0
    for path in dict.fromkeys(job.path for job in jobs):
        asked = [clip for job in jobs if job.path == path for clip in job.indices]
        truth = truth_of(Path(path), np.concatenate(asked))
        clips += len(asked)
        for name, (frames, bitwise) in readers.items():
            right[name] += sum(_right(frames, truth, path, clip, bitwise) for clip in asked)
    return {name: count / clips for name, count in right.items()}


def _right(frames: Frames, truth: Truth, path: str, clip: np.ndarray, bitwise: bool) -> bool:
    agrees = truth.identical if bitwise else truth.nearest
    try:
        pictures = frames(path, clip)
    except (UserError, *FAILURES):
        return False
    return all(agrees(int(index), picture) for index, picture in zip(clip, pictures, strict=True))


def _distance(picture: np.ndarray, sample: np.ndarray) -> float:
    return float(np.abs(picture[::EVERY, ::EVERY].astype(np.int16) - sample).mean())  # int16 - uint8: no overflow


def _digest(picture: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(picture), digest_size=16).digest()
