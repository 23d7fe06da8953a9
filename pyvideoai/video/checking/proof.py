"""Prove for one video that a reader's frames are those that decoding from the start gives."""

import zlib
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from pyvideoai.video import libav
from pyvideoai.video.errors import VideoError
from pyvideoai.video.layouts.layout import Layout
from pyvideoai.video.readers.pyav import PyAVVideo
from pyvideoai.video.to_rgb import ToRgb

CHUNK = 32  # frames asked for at once
STRIDE = 8


@dataclass(frozen=True)
class Proof:
    """Hold the result. wrong: frames that the reader gets wrong; damaged: frames that can't be decoded in full.

    layout: the reader's layout, with the file's own keyframes as further entries if they proved to be exact.
    """

    layout: Layout
    wrong: list[int]
    damaged: list[int]


def prove(path: Path, layout: Layout) -> Proof:
    """Decode the file from its start, then by `layout` in several ways, and compare. Raises VideoError."""
    truth, damaged = _sequential(path, layout)
    if len(truth) != layout.num_frames:
        wrong = list(range(min(len(truth), layout.num_frames), max(len(truth), layout.num_frames)))
        return Proof(layout, wrong, damaged)
    more = with_keyframes(layout)
    if more is not None and not damaged and not _wrong(path, more, truth, starts_only=True):
        return Proof(more, [], damaged)
    return Proof(layout, _wrong(path, layout, truth), damaged)


def with_keyframes(layout: Layout) -> Layout | None:
    """Return the layout with the container's keyframes as entries, yet to be proven; None if that gains nothing."""
    if layout.stored is None or layout.order is None or len(layout.entries) > 1:
        return None
    frames = {int(packet): frame for frame, packet in enumerate(layout.order)}
    keys = [0, *(int(key) for key in np.flatnonzero(layout.stored.is_key) if key and key in frames)]
    starts = [0, *(frames[key] for key in keys[1:])]
    rising = len(keys) > 1 and all(before < after for before, after in pairwise(starts))
    return replace(layout, entries=np.int32(keys), entry_frames=np.int32(starts)) if rising else None


def _sequential(path: Path, layout: Layout) -> tuple[list[int], list[int]]:
    """Decode from the start; return the checksum of every frame (upright RGB), and the frames with damage."""
    to_rgb, sums, damaged = ToRgb(layout.upright), [], []
    with libav.open_container(path) as container:
        stream = libav.video_stream(container, path, threads=1)
        for frame in libav.decode_all(container, stream, path):
            damaged += [len(sums)] if frame.is_corrupt else []
            sums.append(zlib.crc32(np.ascontiguousarray(layout.upright.apply(to_rgb.convert(frame)))))
    return sums, damaged


def _wrong(path: Path, layout: Layout, truth: list[int], *, starts_only: bool = False) -> list[int]:
    """Return the frames that differ; with `starts_only` also those for which decoding had to go back to the start."""
    wrong: set[int] = set()
    for indices in _asks(layout):
        with PyAVVideo(path, layout=layout) as video:
            try:
                frames = video.frames(indices)
            except VideoError:
                return indices.tolist()
            if starts_only and video.counted:
                return indices.tolist()
        wrong |= {int(index) for index, frame in zip(indices, frames, strict=True) if zlib.crc32(frame) != truth[index]}
    return sorted(wrong)


def _asks(layout: Layout) -> list[np.ndarray]:
    """Return requests: every frame with its neighbours, every frame with far ones, one frame alone per entry."""
    frames = np.arange(layout.num_frames)
    near = [frames[first : first + CHUNK] for first in range(0, len(frames), CHUNK)]
    far = [
        frames[first::STRIDE][part : part + CHUNK] for first in range(STRIDE) for part in range(0, len(frames), CHUNK)
    ]
    ends = np.append(layout.entry_frames[1:], layout.num_frames)
    alone = [np.asarray([(first + end) // 2]) for first, end in zip(layout.entry_frames, ends, strict=True)]
    return [ask for ask in [*near, *far, *alone] if len(ask)]
