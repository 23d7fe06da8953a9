"""Hostile files: each is read or refused in one line; none crashes, hangs, or runs anything."""

import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty import in_a_child
from hostile import EACH, KINDS, cases

from pyvideoai.annotations.class_list import read_class_list
from pyvideoai.checkpoint import load_checkpoint
from pyvideoai.data.table import read_table
from pyvideoai.errors import UserError, printable
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.models.weights.containers import read
from pyvideoai.video import open_video
from pyvideoai.video.layouts import memo

LONGEST_S = 10  # of the processor's time


def _read_run(path: Path) -> None:
    folder = ExperimentFolder(path.parent / "version")
    folder.path.mkdir(exist_ok=True)
    shutil.copy(path, folder.path / "run.json")
    folder.read_run()


def _read_video(path: Path) -> None:
    memo.forget()
    with open_video(path) as video:
        video.frames(range(0, video.num_frames, 3))


READERS: dict[str, list[Callable[[Path], object]]] = {
    "checkpoint": [load_checkpoint, read],
    "table": [lambda path: read_table(path, ["red", "blue", "9" * 400])],
    "labels": [read_class_list],
    "video": [_read_video],
    "run": [_read_run],
}


def outcome(call: Callable[[Path], object], path: Path) -> str:
    """Read a file: "read" or "a line". Anything else ends the process with a traceback that names the file."""
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)  # its signal ends the process
    try:
        call(path)
    except UserError as error:
        if "\n" in str(error) or not printable(str(error)):
            print(f"{path}: not one line: {error}", file=sys.stderr)
            raise
        return "a line"
    except BaseException:
        print(f"{path}: {call}", file=sys.stderr)
        traceback.print_exc()
        raise
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "read"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [6, pytest.param(EACH, marks=pytest.mark.slow)])
def test_each_is_read_or_refused_in_a_line(tmp_path, kind, count, capfd):
    def work() -> None:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        told = [outcome(call, path) for path in cases(kind, tmp_path, 0, count) for call in READERS[kind]]
        (tmp_path / "told").write_text(f"{len(told)} {told.count('a line')}")

    assert in_a_child(work) == 0, capfd.readouterr().err
    number, lines = map(int, (tmp_path / "told").read_text().split())
    assert number == count * len(READERS[kind]) and lines > number / 4
    assert not (tmp_path / "ran").exists()
