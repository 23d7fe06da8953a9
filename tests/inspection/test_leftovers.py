"""tools/clean.py: sizes as they are on the disk, and only what nobody needs can go."""

import os
import signal
import time
from pathlib import Path

import pytest
import torch

from pyvideoai.commands import clean
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder, new_version, write_json
from pyvideoai.features import keys, store
from pyvideoai.lock import Lock

DAY_S = 24 * 3600.0


def aged(path: Path, seconds: float = 2 * DAY_S) -> Path:
    """Make everything below a folder so old."""
    then = time.time() - seconds
    for each in [*path.rglob("*"), path]:
        os.utime(each, (then, then), follow_symlinks=False)
    return path


@pytest.fixture
def version(tmp_path):
    """version(name, *files): a version with a run.json and these files, two days old; "finished" has results."""

    def make(name: str, *files: str) -> ExperimentFolder:
        folder = new_version(tmp_path / "experiments" / name)
        folder.write_run({"classes": [], "splits": {}})
        for file in files:
            (folder.path / file).write_bytes(b"x" * 1000)
        if "finished" in name:
            write_json(folder.results, {"num_epochs": 1})
        aged(folder.path)
        return folder

    return make


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def test_what_nobody_needs_goes_and_everything_else_stays(version, tmp_path, capsys):
    finished = version("finished", "weights/epoch_0001.pth", "weights/epoch_0003.pth", "weights/resume_a.pth",
                       "predictions/test.npz", "plots/.loss.png.abc.tmp")  # fmt: skip
    (finished.weights / "best.pth").symlink_to("epoch_0001.pth")
    going_on = version("going_on", "weights/epoch_0001.pth", "weights/resume_a.pth", "weights/resume_b.pth")
    never = version("never", "logs/train.log")
    stays = names(finished.path) - {"weights/resume_a.pth", "plots/.loss.png.abc.tmp"}, names(going_on.path)

    before = names(tmp_path)
    assert clean.main([str(tmp_path), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert names(tmp_path) == before and "nothing was removed" in shown
    row = next(line for line in shown.splitlines() if str(finished.path) in line)
    assert row.split()[1:8] == ["finished", "2.0", "kB", "1.0", "kB", "1.0", "kB"]
    assert sum(line.startswith("can go: ") for line in shown.splitlines()) == 3

    assert clean.main([str(tmp_path)]) == 0
    assert (names(finished.path), names(going_on.path)) == stays and (finished.weights / "best.pth").exists()
    assert not never.path.parent.exists()
    clean.main([str(tmp_path)])
    assert "0 items can go" in capsys.readouterr().out


def test_a_running_version_is_left_alone(version, tmp_path, capsys):
    folders = [version("finished", "weights/resume_a.pth"), version("never")]
    child = os.fork()
    if child == 0:
        locks = [Lock(folder.path) for folder in folders]  # a lock that nobody refers to is given back
        for lock in locks:
            lock.take()
        (tmp_path / "held").touch()
        signal.pause()
    try:
        while not (tmp_path / "held").exists():
            time.sleep(0.01)
        for folder in folders:
            aged(folder.path)
        assert clean.main([str(tmp_path)]) == 0
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert capsys.readouterr().out.count(" running ") == 2
    assert (folders[0].weights / "resume_a.pth").exists() and folders[1].path.exists()


def test_a_run_that_began_after_the_look_is_left_alone(version, tmp_path, capsys):
    from pyvideoai.inspection.leftovers import look, remove

    never = version("never")
    [leftover] = look(tmp_path).versions[0].leftovers
    (never.weights / "epoch_0001.pth").touch()
    assert remove(leftover, print) == 0 and never.path.exists()
    assert "its run went on in the meantime" in capsys.readouterr().out


@pytest.mark.parametrize("left", ["summary.csv", "predictions/val.npz"])
def test_a_run_whose_weights_lie_elsewhere_keeps_what_it_left(version, tmp_path, left):
    moved = version("moved", left)
    assert clean.main([str(tmp_path)]) == 0
    assert (moved.path / left).exists()


def test_a_file_that_a_run_replaces_during_the_look_is_no_fault(tmp_path, monkeypatch):
    from pyvideoai.inspection.leftovers import size_of

    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: path.name == "gone" or is_file(path))
    assert size_of(tmp_path / "gone") == 0


def test_what_is_young_or_of_a_longer_run_is_left_alone(version, tmp_path):
    new = new_version(tmp_path / "experiments" / "new")
    longer = version("finished", "weights/epoch_0001.pth")
    (longer.weights / "resume_a.pth").touch()  # newer than results.json: the run trains more epochs
    (longer.path / ".summary.csv.tmp").touch()
    clean.main([str(tmp_path)])
    assert new.path.exists()
    assert {"weights/resume_a.pth", ".summary.csv.tmp"} <= names(longer.path)


def test_the_beginning_of_a_version_goes_after_a_day(tmp_path):
    old, young = (tmp_path / f".version.{name}.tmp" for name in ("old", "young"))
    for each in (old, young):
        (each / "version" / "weights").mkdir(parents=True)
    aged(old)
    clean.main([str(tmp_path)])
    assert not old.exists() and young.exists()


def test_features_of_other_versions_go(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "features" / "0123456789abcdef"
    kept = store.Store(folder)
    kept.add({"a": {"features": torch.zeros(3)}}, {"configs": ["hmdb", "r3d_18", "probe"]})
    [today] = folder.iterdir()
    monkeypatch.setattr(store, "made_with", lambda: [*keys.made_with()[:-1], "0.1"])
    kept.add({"b": {"features": torch.zeros(3)}}, {})
    aged(folder)
    assert clean.main([str(tmp_path)]) == 0
    assert list(folder.iterdir()) == [today] and kept.get(["a"]).keys() == {"a"}
    assert "hmdb r3d_18 probe" in capsys.readouterr().out


@pytest.mark.parametrize("odd", [{"configs": 3}, {"configs": {"a": 1}}])
def test_features_that_say_odd_things_of_themselves_stay(tmp_path, monkeypatch, odd):
    folder = tmp_path / "features" / "0123456789abcdef"
    monkeypatch.setattr(store, "made_with", lambda: 3)
    store.Store(folder).add({"a": {"features": torch.zeros(3)}}, odd)
    aged(folder)
    assert clean.main([str(tmp_path)]) == 0 and len(list(folder.iterdir())) == 1


def test_what_is_no_folder_of_experiments_is_one_line(version, tmp_path, capsys):
    with pytest.raises(UserError, match="give a folder of experiments"):
        clean.main([])
    with pytest.raises(UserError, match="it does not exist"):
        clean.main([str(tmp_path / "nothing")])
    with pytest.raises(UserError, match="is a part of an experiment; give its folder"):
        clean.main([str(version("x").weights)])
    clean.main([str(tmp_path)])
    (tmp_path / "empty").mkdir()
    clean.main([str(tmp_path / "empty")])
    assert "no versions and no features" in capsys.readouterr().out
