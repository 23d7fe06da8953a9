"""Files are written whole or not at all."""

import stat

import pytest

from pyvideoai.files import replacing, write_whole


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
