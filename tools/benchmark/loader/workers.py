"""Clips per second of wall clock through the training loader, by number of worker processes."""

import time
from dataclasses import dataclass

import pandas as pd

from pyvideoai.config.load import Config
from pyvideoai.unpack import train_loader

LEAST_CLIPS = 64  # of a pass that is measured: short lists are repeated


@dataclass(frozen=True)
class Rate:
    """workers: processes besides the one that takes the batches (0: it reads itself)."""

    workers: int
    clips_per_s: float


def rate_of(config: Config, table: pd.DataFrame, workers: int) -> Rate:
    """Time the second epoch: the first starts the workers and opens every file for the first time."""
    repeats = -(-max(LEAST_CLIPS, config.exp.global_batch) // len(table))
    table = pd.concat([table] * repeats, ignore_index=True)
    loader = train_loader(config, table, workers=workers)
    for _ in loader.epoch(1):
        pass
    start = time.perf_counter()
    clips = sum(len(batch.rows) for step in loader.epoch(2) for batch in step)
    return Rate(workers, clips / (time.perf_counter() - start))
