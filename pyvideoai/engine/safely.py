"""Run in a version's folder: no second process in it, and whatever the machine does ends in one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from pyvideoai.checkpoint import numbered_checkpoints, resume_files
from pyvideoai.data.supervised import WorkerLost
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.faults import environment_fault
from pyvideoai.files import sweep
from pyvideoai.lock import Lock
from pyvideoai.processes import Processes


class MachineFault(UserError):
    """The machine failed the run: a disk, a share, or its memory. The message says what is safe."""


@contextmanager
def safely(
    folder: ExperimentFolder, processes: Processes, say: Callable[[str], None], *, resume: str
) -> Iterator[None]:
    """Hold the folder's lock, for all processes of the run, and turn errors of the machine into one line.

    resume: the command that goes on. Raises UserError if another run has the folder.
    """
    lock = Lock(folder.path)
    try:
        processes.from_main(lambda: _begin(folder, lock, say))
        yield
    except Exception as error:
        # A lost worker is a UserError, and yet the machine's fault: what is safe is said of it too.
        told = str(error) if isinstance(error, WorkerLost) else environment_fault(error)
        if isinstance(error, UserError) and not isinstance(error, WorkerLost):
            raise
        if told is None:
            raise
        raise MachineFault(f"{told}. {what_is_safe(folder, resume)}") from error
    finally:
        lock.release()


def _begin(folder: ExperimentFolder, lock: Lock, say: Callable[[str], None]) -> None:
    """Take the lock; then remove what a kill left half written, since nobody else writes here now. Make what is missing
    of the folder's parts.
    """
    lock.take(say)
    sweep(folder.path)
    folder.make_parts()


def what_is_safe(folder: ExperimentFolder, resume: str) -> str:
    """Say what of a run is on the disk, by the names of its files (the disk may be too ill to read them), and how to go
    on.
    """
    go_on = f"; go on with: {resume}"
    try:
        if not folder.weights.is_dir():  # a logger may have made the folder itself again
            return (
                f"The folder {folder.path} is gone, or its weights are; if it was moved, -l with its new place goes on"
            )
        epochs, within = numbered_checkpoints(folder.weights), resume_files(folder.weights)
        saved = max((path.stat().st_mtime for path in within), default=0.0)
    except OSError:
        return f"The folder {folder.path} can't be looked at{go_on}"
    if within and saved > max((path.stat().st_mtime for path in epochs.values()), default=0.0):
        return f"The state of {datetime.fromtimestamp(saved):%H:%M:%S} is whole{go_on}"
    return (f"The checkpoint of epoch {max(epochs)} is whole" if epochs else "No epoch was finished yet") + go_on
