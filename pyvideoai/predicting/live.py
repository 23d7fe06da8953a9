"""Watch a stream: what a network says of its latest windows. What it can't keep up with is dropped, and counted."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from queue import Empty, Full, Queue

import numpy as np
import torch

from pyvideoai.data.sampling import view_of
from pyvideoai.predicting.scan import Moment, check_periods
from pyvideoai.predicting.scorer import Scorer
from pyvideoai.threads import Helper
from pyvideoai.video.live import LiveStream

LOOK_PERIOD_S = 0.2  # at which a waiting watcher looks for Ctrl-C, and the reader whether it is still wanted
READER_S = 1.0  # that its end is waited for
MOST_FRAMES = 3000  # of a window; more are a clock that stands still
Ready = tuple[float, float, torch.Tensor]  # start_s, end_s, the views of a window


class Watch:
    """Read a stream in a thread of its own, as it comes, and score its windows one by one.

    dropped: windows that came while the network worked, and that newer ones have replaced. seconds: the median time
    that the network took for a window, 0 before the first.
    """

    def __init__(self, scorer: Scorer, address: str, *, every_s: float, window_s: float) -> None:
        check_periods(every_s, window_s)
        self.scorer, self.address, self.every_s, self.window_s = scorer, address, every_s, window_s
        self.dropped = 0
        self._took: deque[float] = deque(maxlen=50)
        self._ready: Queue[Ready] = Queue(1)
        self._ended = threading.Event()
        self._error: BaseException | None = None

    @property
    def seconds(self) -> float:
        return float(np.median(self._took)) if self._took else 0.0

    def moments(self, top: int = 5) -> Iterator[Moment]:
        """Yield the moments until the stream ends. Raises VideoError if it can't be opened, or breaks off."""
        reader = Helper(self._read, "reading")
        try:
            while (ready := self._latest()) is not None:
                start, end, clips = ready
                began = time.monotonic()
                probabilities = self.scorer.probabilities(clips[None])[0]
                self._took.append(time.monotonic() - began)
                yield Moment(start, end, self.scorer.top(probabilities, top), probabilities)
            if self._error is not None:
                raise self._error
        finally:
            reader.end(READER_S)  # it ends at its next frame, or when the stream doesn't answer in time

    def _latest(self) -> Ready | None:
        """Wait for the next window; None when the stream has ended."""
        while True:
            # Asked before the queue: a last window may come between the two.
            ended = self._ended.is_set()
            try:
                return self._ready.get(timeout=LOOK_PERIOD_S)
            except Empty:
                if ended:
                    return None

    def _read(self, stop: threading.Event) -> None:
        try:
            with LiveStream(self.address) as stream:
                for window in self._windows(stream, stop):
                    self._offer(window)
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()

    def _offer(self, window: Ready) -> None:
        """Put a window in the place of an older one that nobody has taken yet."""
        try:
            self._ready.put_nowait(window)
        except Full:
            try:
                self._ready.get_nowait()
                self.dropped += 1
            except Empty:
                pass  # it was taken just now
            self._ready.put_nowait(window)

    def _windows(self, stream: LiveStream, stop: threading.Event) -> Iterator[Ready]:
        """Yield each window as soon as its last frame has come, until `stop` is set."""
        views = self.scorer.views
        cutter = self.scorer.source.cutter(views.regions(stream.height, stream.width), stream)
        frames: deque[tuple[float, list[torch.Tensor]]] = deque(maxlen=MOST_FRAMES)
        begin, number, before = 0.0, 0, 0.0
        for second, picture in stream.pictures():
            if stop.is_set():
                return
            if second < before or second > before + 2 * self.window_s:  # the clock was set: nothing before counts
                frames.clear()
                begin, number = second, 0
            before, start = second, begin + number * self.every_s
            while second >= start + self.window_s:
                if frames:
                    yield start, start + self.window_s, self._views([crops for _, crops in frames], stream.rate)
                number += 1
                start = begin + number * self.every_s
                while frames and frames[0][0] < start:
                    frames.popleft()
            if second >= start:
                # A crop may be a view of the whole picture, which must not stay in memory for it.
                frames.append((second, [crop.clone() for crop in cutter(picture)]))

    def _views(self, frames: list[list[torch.Tensor]], fps: float) -> torch.Tensor:
        """Return uint8 (views, T, size, size, 3) of a window's frames, each a list of its crops."""
        source, views = self.scorer.source, self.scorer.views
        shown, into = source.empty_views(views)
        for clip in range(views.clips):
            drawn = view_of(source.sampler, len(frames), fps, clip, views.clips)
            for place, index in enumerate(drawn.tolist()):
                for target, crop in zip(into[clip], frames[index], strict=True):
                    target[place] = crop
        return shown
