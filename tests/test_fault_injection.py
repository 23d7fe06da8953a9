"""At every call of a save that changes the disk, for each kind of fault: the older or the newer state loads, always."""

import errno
import os
import resource
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from faulty import KILLED, Faulty, in_a_child, raising
from painting import write_painted

from pyvideoai.checkpoint import find_checkpoint, load_checkpoint, newest_readable, save_checkpoint, write_checkpoint
from pyvideoai.engine.safely import safely
from pyvideoai.experiment import ExperimentFolder, write_json
from pyvideoai.faults import environment_fault
from pyvideoai.processes import Processes
from pyvideoai.reporting.predictions import save_predictions
from pyvideoai.reporting.summary import write_summary
from pyvideoai.scoring.predictions import Predictions
from pyvideoai.tasks import SINGLE_LABEL
from pyvideoai.video.layouts import index
from pyvideoai.video.layouts.find import find_layout

pytestmark = pytest.mark.long

ONE = Processes(0, 1, 1, torch.device("cpu"))

FAULTS = {
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "failing": OSError(errno.EIO, "Input/output error"),
    "memory": MemoryError(),
}


def state(epoch: int) -> dict:
    return {"model": {"a": torch.full((50,), float(epoch)), "b": torch.full((3,), -1.0 * epoch)}, "classes": ["x"]}


def every_call(
    folder: Path,
    start: Callable[[], None],
    work: Callable[[], None],
    check: Callable[[], None],
    faults: Sequence[str] = (*FAULTS, "kill"),
) -> int:
    """Do `work` with each fault at each of its calls, from a folder as `start` makes it, then `check`.

    Returns how many calls there are.
    """
    n, finished = 0, False
    while not finished:
        n += 1
        for fault in faults:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            start()
            finished = _at(n, fault, folder, work)
            check()
    return n - 1


def _at(n: int, fault: str, folder: Path, work: Callable[[], None]) -> bool:
    """Let the n-th call fail; return whether there are so many."""
    if fault == "kill":

        def killed() -> None:
            with pytest.MonkeyPatch.context() as patch:
                Faulty(patch, folder, n, lambda: os._exit(KILLED))
                work()

        return in_a_child(killed) != KILLED
    with pytest.MonkeyPatch.context() as patch:
        faulty = Faulty(patch, folder, n, raising(FAULTS[fault]))
        try:
            work()
        except BaseException as error:
            assert environment_fault(error), repr(error)  # what a run ends with is a line
    return faulty.calls < n


EACH = pytest.mark.parametrize(
    "faults", [["kill"], pytest.param([*FAULTS, "kill"], marks=pytest.mark.slow)], ids=["some", "all"]
)


@EACH
def test_an_epoch_is_saved_or_the_one_before_it_stands(tmp_path, faults):
    folder = tmp_path / "weights"
    seen = set()

    def check() -> None:
        path, content, faults = newest_readable(folder)
        epoch = content["epoch"]
        seen.add(epoch)
        assert not faults and path is not None
        assert torch.equal(content["model"]["a"], state(epoch)["model"]["a"])
        last = load_checkpoint(find_checkpoint(folder, "last"))
        assert last["epoch"] in (1, 2) and load_checkpoint(find_checkpoint(folder, "best"))["epoch"] in (1, 2)

    calls = every_call(
        folder,
        lambda: save_checkpoint(folder, 1, state(1), best_epoch=1, keep_all=False),
        lambda: save_checkpoint(folder, 2, state(2), best_epoch=2, keep_all=False),
        check,
        faults,
    )
    assert calls >= 15 and seen == {1, 2}


@pytest.mark.slow
def test_one_of_the_two_states_within_an_epoch_is_whole(tmp_path):
    folder = tmp_path / "weights"
    names = ("resume_a.pth", "resume_b.pth")

    def start() -> None:
        for number, name in enumerate(names):
            write_checkpoint(folder / name, {**state(number), "position": [0, number]})

    def check() -> None:
        _, content, faults = newest_readable(folder)
        assert not faults and content["position"] in ([0, 1], [0, 2])

    calls = every_call(
        folder, start, lambda: write_checkpoint(folder / names[0], {**state(2), "position": [0, 2]}), check
    )
    assert calls >= 10


def small_files(folder: Path) -> dict[str, tuple[Callable[[int], object], Callable[[], object]]]:
    """Files that a run writes besides checkpoints: (write the first or second version, read what is there)."""
    table = pd.DataFrame({"video": ["a", "b"], "label": [0, 1]})

    def predictions(version: int) -> None:
        given = np.array([[0.5, 0.5], [0.25 * version, 1 - 0.25 * version]], np.float32)
        whole = Predictions(SINGLE_LABEL, "probabilities", np.arange(2), np.array([0, 1]), given, np.zeros(2), [])
        save_predictions(folder / "test", whole, table, ["x", "y"])

    def read_predictions() -> tuple[int, int]:
        of_table = round(4 * float(pd.read_csv(folder / "test.csv")["top5"][1].split("x ")[1].split(";")[0]))
        with np.load(folder / "test.npz", allow_pickle=False) as arrays:
            return of_table, round(4 * float(arrays["probabilities"][1, 0]))

    history = [{"epoch": epoch, "train/loss": 1.0 / epoch} for epoch in (1, 2)]
    return {
        "summary.csv": (
            lambda version: write_summary(folder / "summary.csv", history[:version]),
            lambda: (len(pd.read_csv(folder / "summary.csv")),),
        ),
        "run.json": (
            lambda version: write_json(folder / "run.json", {"version": version}),
            lambda: (pd.read_json(folder / "run.json", typ="series")["version"],),
        ),
        "predictions": (predictions, read_predictions),
    }


@pytest.mark.parametrize("name", ["summary.csv", "run.json", pytest.param("predictions", marks=pytest.mark.slow)])
def test_other_files_are_old_or_new_and_nothing_between(tmp_path, name):
    folder = tmp_path / "version"
    write, read = small_files(folder)[name]

    def check() -> None:
        assert set(read()) <= {1, 2}

    assert every_call(folder, lambda: write(1), lambda: write(2), check) >= 4


def limited(size: int, work: Callable[[], object], *, killed: bool) -> Callable[[], None]:
    """`work` where the system lets no file grow beyond `size` bytes: the write fails, or the process dies in it."""

    def run() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if killed else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        work()

    return run


@pytest.mark.parametrize("killed", [False, True], ids=["fails", "kills"])
def test_a_limit_of_the_system_at_any_size_leaves_the_epoch_before(tmp_path, killed, capfd):
    folder = tmp_path / "weights"
    folder.mkdir()
    save_checkpoint(folder, 1, state(1), best_epoch=1, keep_all=False)
    whole = (folder / "epoch_0001.pth").stat().st_size
    codes = set()
    for size in [*range(0, whole, whole // 6), whole + 200]:
        codes.add(
            in_a_child(
                limited(size, lambda: save_checkpoint(folder, 2, state(2), best_epoch=2, keep_all=True), killed=killed)
            )
        )
        _, content, faults = newest_readable(folder)
        assert not faults and content["epoch"] == (2 if size >= whole else 1)
    assert codes == {0, -signal.SIGXFSZ if killed else 1}


@pytest.mark.parametrize("killed", [False, True], ids=["fails", "kills"])
def test_a_frame_index_that_could_not_be_written_whole_is_passed_over_and_made_again(tmp_path, killed, capfd):
    video = write_painted(tmp_path / "a.mp4", 10)
    layout = find_layout(video)
    entries = [(video, video.stat(), index.content_hash(video), layout)]
    sizes = [0, 1, 500, 4096, 5000, 8192, 12_288, 2**20]
    for size in sizes:
        for left in tmp_path.glob(f"{index.NAME}*"):
            left.unlink()
        code = in_a_child(limited(size, lambda: index.IndexWriter(tmp_path).add(entries), killed=killed))
        assert (code == 0) == (size == sizes[-1])
        index.forget()
        found = index.look_up(video)
        assert (found is not None) == (code == 0) and (found is None or found.num_frames == 10)
    index.IndexWriter(tmp_path).add(entries)
    index.forget()
    assert index.look_up(video).num_frames == 10
    index.forget()


def test_what_kills_have_left_is_removed_when_the_run_goes_on(tmp_path):
    folder = ExperimentFolder(tmp_path)
    folder.weights.mkdir()
    for name in (".epoch_0002.pth.x1y2.tmp", ".last.pth.tmp", "epoch_0001.pth", "mine.tmp"):
        (folder.weights / name).touch()
    (tmp_path / ".summary.csv.abc.tmp").touch()
    with safely(folder, ONE, print, resume=""):
        assert sorted(path.name for path in folder.weights.iterdir()) == ["epoch_0001.pth", "mine.tmp"]
        assert not list(tmp_path.glob(".summary*"))
