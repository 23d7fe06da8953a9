"""A split table of many rows: read, checked, split, and handed to data-loading workers."""

import tempfile
import time
from pathlib import Path

import psutil

from benchmark.scale.measured import Measured, Stopwatch, apart, most_memory

CLASSES, WORKERS, STEPS = 400, 2, 30
FEW = 1000  # rows of the table that a worker's memory is compared with


def measure(rows: int) -> list[Measured]:
    """Return what a table of so many rows takes; each part in a process of its own."""
    few, many = (apart(_loaded, count) for count in (FEW, rows))
    found = apart(_read, rows)
    return [
        *found,
        Measured("workers started, first batch there", many[0], "s of wall-clock time"),
        Measured(f"memory of a worker, beyond that with {FEW:,} rows", many[1] - few[1], "MB"),
        Measured("memory of the main process, beyond the same", many[2] - few[2], "MB"),
    ]


def _read(rows: int) -> list[Measured]:
    import torch  # noqa: F401  (as a run has; it isn't what is measured)

    from pyvideoai.data.lists import read_tables
    from pyvideoai.data.splits import make_splits

    watch, folder = Stopwatch(), Path(tempfile.mkdtemp())
    dataset = _dataset(_written(folder, rows))
    with watch.of("read and checked"):
        tables = read_tables(dataset)
    with watch.of("val and test held out"):
        splits = make_splits(dataset, tables=tables)
    with watch.of("hashed for run.json"):
        splits.facts()
    return [*watch.found, watch.total("in all"), Measured("most memory of the process", most_memory(), "MB")]


def _loaded(rows: int) -> tuple[float, float, float]:
    """Return seconds to the first batch, and the memory of a worker and of this process after some batches, in MB."""
    from benchmark.scale.made import MadeSource
    from pyvideoai.data import Dense, RandomCrop, Targets, train_loader
    from pyvideoai.data.lists import read_tables

    folder = Path(tempfile.mkdtemp())
    table = read_tables(_dataset(_written(folder, rows))).by_name["train"]
    began = time.monotonic()
    loader = train_loader(
        table,
        source=MadeSource(folder, sampler=Dense(2, 1)),
        targets=Targets(_classes()),
        train_pixels=[RandomCrop(8)],
        global_batch=8,
        workers=WORKERS,
    )
    steps = loader.epoch(1)
    next(steps)
    seconds = time.monotonic() - began
    for _ in range(STEPS):
        next(steps)
    # What belongs to a process alone: pages that it shares with others count for none.
    workers = [child.memory_full_info().uss for child in psutil.Process().children() if child.num_threads()]
    return seconds, max(workers) / 1e6, psutil.Process().memory_info().rss / 1e6


def _dataset(table: Path):
    from pyvideoai.data.lists import Dataset

    return Dataset(table.parent, _classes, lambda: {"train": table}, has_videos=False)


def _classes() -> list[str]:
    return [f"class {number:03d}" for number in range(CLASSES)]


def _written(folder: Path, rows: int) -> Path:
    """Write a table as Kinetics' is: a folder for each class, names of 11 letters and two times."""
    path = folder / "train.csv"
    with path.open("w") as file:
        file.write("video,label\n")
        file.writelines(
            f"class_{row % CLASSES:03d}/{row * 7919 % 10**11:011d}_000012_{row},class {row % CLASSES:03d}\n"
            for row in range(rows)
        )
    return path
