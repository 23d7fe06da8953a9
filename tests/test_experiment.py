"""The experiment folder: versions are made once each and found again."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyvideoai.errors import UserError
from pyvideoai.experiment import experiment_base, find_version, new_version, open_folder

NAMES = ("hmdb", "i3d_resnet50", "crop224_plateau")


def test_names_and_overrides_make_the_path(tmp_path):
    assert experiment_base(NAMES, "split=2", tmp_path) == tmp_path / "hmdb/i3d_resnet50/crop224_plateau/split=2"
    assert experiment_base(NAMES, "", tmp_path) == tmp_path / "hmdb/i3d_resnet50/crop224_plateau"


def test_each_new_version_is_the_next_number(tmp_path):
    assert [new_version(tmp_path).path.name for _ in range(3)] == ["version_000", "version_001", "version_002"]
    assert find_version(tmp_path).path.name == "version_002"
    assert find_version(tmp_path, "1").path.name == "version_001"


def test_runs_that_start_at_once_get_different_versions(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        paths = list(pool.map(lambda _: new_version(tmp_path).path.name, range(16)))
    assert len(set(paths)) == 16


def test_what_is_missing_is_said_with_what_there_is(tmp_path):
    new_version(tmp_path / "exp" / "split=2")
    with pytest.raises(UserError, match=r"no experiment in .*exp; there are split=2"):
        find_version(tmp_path / "exp")
    new_version(tmp_path / "exp")
    with pytest.raises(UserError, match=r"no version '7' in .*exp; allowed: 0, last"):
        find_version(tmp_path / "exp", "7")
    with pytest.raises(UserError, match="nowhere is not an experiment folder: it does not exist"):
        open_folder(tmp_path / "nowhere")


def test_a_version_or_the_folder_above_opens(tmp_path):
    folder = new_version(tmp_path)
    run = {"seed": 1, "classes": ["a"], "splits": {"test": {"sha256": ""}}, "paths": {"root": "/a"}}
    folder.write_run(run)
    assert open_folder(tmp_path) == open_folder(folder.path) == folder
    assert folder.read_run() == run


def test_a_version_is_there_whole_or_not_at_all(tmp_path):
    def fill(folder):
        (folder.configs / "a.py").write_text("")
        assert not list(tmp_path.glob("version_*"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        new_version(tmp_path, fill)
    assert not list(tmp_path.iterdir())
    folder = new_version(tmp_path, lambda folder: folder.write_run({"classes": [], "splits": {}}))
    assert [path.name for path in tmp_path.iterdir()] == ["version_000"] and find_version(tmp_path) == folder


def test_a_beginning_that_a_kill_left_goes_after_a_day(tmp_path):
    old, new = tmp_path / ".version.a.tmp", tmp_path / ".version.b.tmp"
    for each, age_s in ((old, 25 * 3600), (new, 60)):
        (each / "version").mkdir(parents=True)
        os.utime(each, (time.time() - age_s,) * 2)
    new_version(tmp_path)
    assert not old.exists() and new.exists()
