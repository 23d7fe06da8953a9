"""Resident memory of a data-loading worker over thousands of clips: it has to stay flat, for epochs are long."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
import pandas as pd
import psutil

from pyvideoai.config.load import Config
from pyvideoai.data.loader import TrainLoader
from pyvideoai.unpack import train_loader

PERIOD = 500  # clips from one look to the next
WARM = 2000  # clips before memory counts: every file has been opened, allocators have what they keep


@dataclass(frozen=True)
class Memory:
    """What one worker of a training loader held (10^6 bytes, resident) after so many clips."""

    clips: tuple[int, ...]
    megabytes: tuple[float, ...]

    @property
    def drift(self) -> float:
        """10^6 bytes per 1,000 clips: the slope of a line through all that comes after the first WARM (or the half)."""
        warm = min(WARM, self.clips[-1] // 2)
        points = [(clips, size) for clips, size in zip(self.clips, self.megabytes, strict=True) if clips >= warm]
        clips, sizes = np.array(points).T
        return float(np.polyfit(clips, sizes, 1)[0] * 1000) if len(points) > 1 else 0.0

    def row(self) -> dict[str, str]:
        """For a table of texts."""
        return {
            "clips": str(self.clips[-1]),
            "MB at first": f"{self.megabytes[0]:.0f}",
            "MB at the end": f"{self.megabytes[-1]:.0f}",
            "highest MB": f"{max(self.megabytes):.0f}",
            "MB per 1,000 clips": f"{self.drift:+.2f}",
        }


def memory_of(config: Config, table: pd.DataFrame, clips: int, *, period: int = PERIOD) -> Memory:
    """Load `clips` clips of the training table with one worker, epoch after epoch, and look at it every `period`."""
    before = set(psutil.Process().children())
    loader, looks = train_loader(config, table, workers=1), []
    for loaded in _loaded(loader):
        if loaded >= period * (len(looks) + 1) or loaded >= clips:
            workers = set(psutil.Process().children()) - before
            looks.append((loaded, sum(worker.memory_info().rss for worker in workers) / 1e6))
        if loaded >= clips:
            break
    return Memory(*map(tuple, zip(*looks, strict=True)))


def _loaded(loader: TrainLoader) -> Iterator[int]:
    """The number of clips so far, after each step. The worker stays from one epoch to the next."""
    loaded = 0
    for epoch in count(1):
        for step in loader.epoch(epoch):
            loaded += sum(len(batch.rows) for batch in step)
            yield loaded
