"""Scan a video of any length: what a network says of each window, one after the other."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from pyvideoai.errors import UserError
from pyvideoai.predicting.ahead import ahead
from pyvideoai.predicting.scorer import Named, Scorer
from pyvideoai.predicting.windows import Window, WindowClips, windows
from pyvideoai.video import PromiseBrokenError, VideoError

Item = TypeVar("Item")
BATCHES_AHEAD = 2


@dataclass(frozen=True)
class Moment:
    """Hold what a network says of a window, from start_s on and before end_s: seconds from the first frame.

    top: the most probable classes with their probabilities, best first. probabilities: float32 (classes,).
    """

    start_s: float
    end_s: float
    top: list[Named]
    probabilities: np.ndarray = field(repr=False)

    @property
    def label(self) -> str:
        """Return the most probable class."""
        return self.top[0][0]

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2


def scan(
    scorer: Scorer, video: str | Path, *, every_s: float = 1.0, window_s: float | None = None, top: int = 5
) -> Iterator[Moment]:
    """Yield a moment for each window of `window_s` seconds (default: twice `every_s`), every `every_s` seconds.

    The scores are those of `predict` with the window's start_s and end_s. Each frame is decoded once, from the file's
    start, while the network works on earlier ones; memory doesn't grow with the length. Raises VideoError where
    decoding fails, after the moments before it.
    """
    window_s = 2 * every_s if window_s is None else window_s
    check_periods(every_s, window_s)
    after = -1.0
    for moment in in_order_twice(lambda: _moments(scorer, video, every_s, window_s, top)):
        # A second reading begins at the start: what was given already is passed over.
        if moment.start_s > after:
            yield moment
            after = moment.start_s


def in_order_twice(read: Callable[[], Iterator[Item]]) -> Iterator[Item]:
    """Yield what `read` yields of a video that it opens in order; from the start once more if a promise is broken."""
    try:
        yield from read()
    except PromiseBrokenError:
        yield from read()


def _moments(scorer: Scorer, video: str | Path, every_s: float, window_s: float, top: int) -> Iterator[Moment]:
    with closing(ahead(_batches(scorer, video, every_s, window_s), BATCHES_AHEAD)) as batches:
        for parts, clips in batches:
            for window, probabilities in zip(parts, scorer.probabilities(clips), strict=True):
                yield Moment(window.start_s, window.end_s, scorer.top(probabilities, top), probabilities)


def check_periods(every_s: float, window_s: float) -> None:
    """Raise UserError unless both are times."""
    for name, value in (("every", every_s), ("window", window_s)):
        if not 0.001 <= value < float("inf"):
            raise UserError(f"{name} = {value:g} s: it must be a time of at least 0.001 s")


def _batches(
    scorer: Scorer, path: str | Path, every_s: float, window_s: float
) -> Generator[tuple[list[Window], torch.Tensor], None, None]:
    """Yield windows and their views, as many as are scored at a time. Raises VideoError after the last whole window."""
    some: list[tuple[Window, torch.Tensor]] = []
    failure = None
    with scorer.source.open_in_order(path) as video:
        try:
            for each in WindowClips(video, scorer.source, scorer.views).cut(windows(video, every_s, window_s)):
                some.append(each)
                if len(some) == scorer.videos_per_batch:
                    yield _joined(some)
                    some = []
        except VideoError as error:
            failure = error
    if some:
        yield _joined(some)
    if failure:
        raise failure


def _joined(some: Sequence[tuple[Window, torch.Tensor]]) -> tuple[list[Window], torch.Tensor]:
    return [window for window, _ in some], torch.stack([clips for _, clips in some])
