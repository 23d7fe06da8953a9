"""Open every file of a small dataset before training, so that broken files are named now and not in the middle."""

from pathlib import Path

from pyvideoai.data.batches import Failure
from pyvideoai.engine.training import Training
from pyvideoai.program import typed
from pyvideoai.reporting.waiting import patiently
from pyvideoai.unpack import eval_loader, loader_options

MOST_VIDEOS, MOST_BYTES = 500, 2 * 10**9  # about a minute's work


def read_all(training: Training) -> str:
    """Decode a clip of every video of all splits; return what was found. Raises TooManyFailures as training would."""
    tables = training.splits.tables()
    names = {video for table in tables.values() for video in table["video"]}
    if training.config.dataset.features:
        return f"{len(names)} have features, or the reason why not; none is decoded"
    if len(names) > MOST_VIDEOS or _bytes(training, names) > MOST_BYTES:
        return f"{len(names)} are too many to try each of them here; {typed('check-videos')} does"
    # Under protocol literature val is the test list, which is read once.
    failures = {split: _failures(training, split) for split in tables if split != "val" or not _val_is_test(training)}
    for split, failed in failures.items():
        training.reporter.failures(split, failed)
    if _files(failures["train"]) > training.failure_limit.allowed:
        raise training.failure_limit.error(failures["train"], "beforehand")
    count = sum(map(_files, failures.values()))
    return f"{len(names)} tried, a clip of each; {count or 'none'} could not be decoded"


def _failures(training: Training, split: str) -> list[Failure]:
    processes = training.processes
    table = getattr(training.splits, split)
    options = loader_options(training.config, processes)
    loader = eval_loader(training.config, table, training.config.exp.val_views, **options)
    with training.reporter.progress(f"reading {split}", len(table)) as progress:
        own = []
        for batch in patiently(loader, training.reporter.log):
            own += batch.failures
            progress.update((len(batch.rows) + len(batch.failures)) * processes.world)
    return [failure for each in processes.gather(own) for failure in each]


def _files(failures: list[Failure]) -> int:
    return len({each.video for each in failures})


def _bytes(training: Training, names: set[str]) -> int:
    """Return the total size of the videos; folders of frames and missing files count as 0."""
    paths = (Path(training.config.dataset.root, name) for name in names)
    return sum(path.stat().st_size for path in paths if path.is_file())


def _val_is_test(training: Training) -> bool:
    return training.splits.val is training.splits.test
