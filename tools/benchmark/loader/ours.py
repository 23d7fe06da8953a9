"""Our loader as a contestant: what a data-loading worker does for one item, split into stages from outside.

The readers are watched as `data.source` opens them, so that what is measured is the code that trains, untouched.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import torch

from benchmark.loader.protocol import Job, Protocol
from benchmark.loader.stopwatch import Stopwatch
from pyvideoai.config.load import Config
from pyvideoai.data import prepared, source
from pyvideoai.data.clips import TestViews, TrainClips
from pyvideoai.data.cuts import Cuts
from pyvideoai.data.order import ClipRequest
from pyvideoai.unpack import source_of, targets_of
from pyvideoai.video import Video, VideoError, open_video

OPENERS = (source, prepared)  # modules that open videos for the loader


class Ours:
    """The contestant. What is known of a file after its first opening is known, as it is in a worker or by the index.

    reader: of the frames that are compared; that of the config does the jobs.
    """

    name = "PyVideoAI"

    def __init__(self, config: Config, table: pd.DataFrame, protocol: Protocol) -> None:
        views = protocol.views
        given = {"source": source_of(config), "targets": targets_of(config)}
        if views is None:
            pixels, seed = config.exp.train_pixels, config.exp.seed
            self.items = TrainClips(table, train_pixels=pixels, seed=seed, **given)
        else:
            self.items = TestViews(table, views=views, **given)
        self.reader = config.exp.reader
        self.converts_as_pyav = self.reader in ("auto", "pyav")

    def prepare(self, protocol: Protocol, job: Job) -> Callable[[Stopwatch], torch.Tensor | Cuts]:
        """See `timing.Contestant`."""
        return functools.partial(self.load, protocol, job)

    def load(self, protocol: Protocol, job: Job, watch: Stopwatch) -> torch.Tensor | Cuts:
        """Return uint8 (clips or views, T, size, size, 3), or what they are made of. Raises VideoError."""
        with watched_readers(watch):
            item = self.items[job.row if protocol.views else draw_of(job)]
        watch.lap("pixels")
        if item.failures:
            raise VideoError(item.failures[0].video, item.failures[0].reason)
        return item.pixels

    def frames(self, path: str, indices: np.ndarray) -> np.ndarray:
        """uint8 (T, H, W, 3): what it takes for these frames, before any resizing."""
        with open_video(path, self.reader) as video:
            return video.frames(indices)


def draw_of(job: Job) -> ClipRequest:
    """Return the request for the job's clips."""
    clips = len(job.indices)
    return ClipRequest(job.draw, job.row * clips, job.row, clips)


class Prepared(Ours):
    """Ours, on the copies of the videos that the config's `dataset.prepared` names."""

    name = "PyVideoAI, prepared"

    def __init__(self, config: Config, table: pd.DataFrame, protocol: Protocol) -> None:
        super().__init__(config, table, protocol)
        self.copies, self.known = prepared.copies_in(config.dataset.prepared), set()

    def prepare(self, protocol: Protocol, job: Job) -> Callable[[Stopwatch], torch.Tensor | Cuts]:
        """See `timing.Contestant`; copies are known after their first opening, too."""
        if job.video not in self.known:
            self.copies.open(job.video, self.reader).close()
            self.known.add(job.video)
        return super().prepare(protocol, job)


@contextmanager
def watched_readers(watch: Stopwatch, asked: list[np.ndarray] | None = None) -> Iterator[None]:
    """While it lasts, videos that the dataset opens time themselves, and note in `asked` the frames asked for."""

    def open_watched(*arguments: object, **options: object) -> "_Watched":
        watch.lap("pixels")
        video = open_video(*arguments, **options)
        watch.lap("open")
        return _Watched(video, watch, [] if asked is None else asked)

    for module in OPENERS:
        module.open_video = open_watched
    try:
        yield
    finally:
        for module in OPENERS:
            module.open_video = open_video


class _Watched:
    """An open video whose methods are laps: of "decode" while they run, of "pixels" while what they are given runs."""

    def __init__(self, video: Video, watch: Stopwatch, asked: list[np.ndarray]) -> None:
        self._video, self._watch, self._asked = video, watch, asked

    def __getattr__(self, name: str) -> object:
        found = getattr(self._video, name)
        return functools.partial(self._call, found) if inspect.ismethod(found) else found

    def _call(self, method: Callable, *arguments: object, **options: object) -> object:
        self._watch.lap("pixels")
        self._asked += [each for each in arguments if isinstance(each, np.ndarray)]
        given = [self._given(each) if callable(each) else each for each in arguments]
        result = method(
            *given, **{name: self._given(each) if callable(each) else each for name, each in options.items()}
        )
        self._watch.lap("decode")
        return self._each(result) if inspect.isgenerator(result) else result

    def _given(self, function: Callable) -> Callable:
        def timed(*arguments: object, **options: object) -> object:
            self._watch.lap("decode")
            result = function(*arguments, **options)
            self._watch.lap("pixels")
            return result

        return timed

    def _each(self, results: Iterator) -> Iterator:
        while True:
            self._watch.lap("pixels")
            result = next(results, self)
            self._watch.lap("decode")
            if result is self:
                return
            yield result

    def __enter__(self) -> "_Watched":
        return self

    def __exit__(self, *exception: object) -> None:
        self._video.close()
        self._watch.lap("open")
