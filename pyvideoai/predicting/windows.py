"""Slide a window over a long video and cut the clips of each, decoding each frame once and remembering only a few."""

import heapq
import math
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import torch

from pyvideoai.data import ClipSource, Views
from pyvideoai.data.sampling import view_of
from pyvideoai.video import Video


@dataclass(frozen=True)
class Window:
    """Describe a part of a video: from start_s on, before end_s, which are the frames first ... first + length - 1."""

    start_s: float
    end_s: float
    first: int
    length: int


def windows(video: Video, every_s: float, window_s: float) -> Iterator[Window]:
    """Yield a window of `window_s` seconds every `every_s` seconds, until one reaches the end of the video.

    The last one may be shorter. One without a single frame, which a video of variable frame rate may have, is left out.
    A window has the frames that a row with its start_s and end_s in a split table has (`data.source.segment`).
    """
    number, duration = 0, duration_s(video)
    while True:
        start = number * every_s
        first, last = video.frame_at(start), video.frame_at(start + window_s)
        if first >= video.num_frames:
            return
        if first < last:
            yield Window(start, min(start + window_s, duration), first, min(last, video.num_frames) - first)
        if last >= video.num_frames:
            return
        number += 1
        if first == last and video.times is not None:
            # Nothing happens for a while (for years, if a clock was wrong): go on where a window meets the next frame.
            number = max(number, math.floor((video.times[last] - window_s) / every_s))


def duration_s(video: Video) -> float:
    """Return when the last frame ends, in seconds; it is shown as long as a frame on average."""
    last = (video.num_frames - 1) / video.fps if video.times is None else float(video.times[-1])
    return last + 1 / video.fps


class _Filling:
    """Hold the views of a window, until each of its frames has come."""

    def __init__(self, window: Window, source: ClipSource, views: Views, fps: float) -> None:
        self.window = window
        drawn = [view_of(source.sampler, window.length, fps, clip, views.clips) for clip in range(views.clips)]
        indices = [window.first + each for each in drawn]
        self.shown, self.into = source.empty_views(views)
        self.missing: dict[int, list[tuple[int, int]]] = {}
        for clip, frames in enumerate(indices):
            for place, index in enumerate(frames.tolist()):
                self.missing.setdefault(index, []).append((clip, place))

    def fill(self, index: int, crops: list[torch.Tensor]) -> None:
        for clip, place in self.missing.pop(index, ()):
            for target, crop in zip(self.into[clip], crops, strict=True):
                target[place] = crop


class WindowClips:
    """Cut the views of windows out of a video in one pass; only the windows that are still incomplete are in memory."""

    def __init__(self, video: Video, source: ClipSource, views: Views) -> None:
        self.video, self.source, self.views = video, source, views
        self.filling: deque[_Filling] = deque()

    def cut(self, parts: Iterator[Window]) -> Iterator[tuple[Window, torch.Tensor]]:
        """Yield each window with its views, uint8 (views, T, size, size, 3). Raises VideoError."""
        cutter = self.source.cutter(self.views.regions(self.video.height, self.video.width), self.video)
        for index, picture in self.video.stream(self._wanted(parts)):
            crops = cutter(picture)
            for each in self.filling:
                each.fill(index, crops)
            while self.filling and not self.filling[0].missing:
                done = self.filling.popleft()
                yield done.window, done.shown

    def _wanted(self, parts: Iterator[Window]) -> Iterator[int]:
        """Yield the frames that any window needs, rising, without repeats; look ahead as far as windows overlap."""
        waiting: list[int] = []
        last = -1
        for window in parts:
            last = yield from _rising(waiting, window.first, last)
            filling = _Filling(window, self.source, self.views, self.video.fps)
            self.filling.append(filling)
            for index in filling.missing:
                heapq.heappush(waiting, index)
        yield from _rising(waiting, self.video.num_frames, last)


def _rising(waiting: list[int], before: int, last: int) -> Generator[int, None, int]:
    """Yield what waits and comes before `before`, each number once; return the last one, or `last`."""
    while waiting and waiting[0] < before:
        index = heapq.heappop(waiting)
        if index != last:
            yield index
        last = index
    return last
