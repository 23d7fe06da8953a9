"""Files are written whole or not at all."""

import stat
from pathlib import Path

import pytest

from pyvideoai.files import replacing, sweep, user_cache, write_whole


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "summary.csv"
    write_whole(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["summary.csv"]


def test_others_may_read_what_was_written(tmp_path):
    write_whole(tmp_path / "a", "ü")
    assert (tmp_path / "a").read_bytes() == "ü".encode()
    assert (tmp_path / "a").stat().st_mode & stat.S_IRGRP


def test_the_cache_has_a_place_where_nobody_knows_the_home(monkeypatch):
    def unknown(user):
        raise KeyError(user)

    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert user_cache() == Path("/cache/pyvideoai")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/a")
    assert user_cache() == Path("/home/a/.cache/pyvideoai")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert user_cache().name == "pyvideoai"


def test_what_a_kill_left_is_swept_and_nothing_else(tmp_path):
    (tmp_path / "weights").mkdir()
    kept = [tmp_path / "a.pth", tmp_path / ".lock", tmp_path / "weights" / "b.tmp"]
    for each in [*kept, tmp_path / "weights" / ".epoch_0001.pth.x1.tmp"]:
        each.touch()
    (tmp_path / "weights" / ".last.pth.tmp").symlink_to("nowhere")
    sweep(tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if not path.is_dir()) == sorted(kept)
