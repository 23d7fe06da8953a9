"""The hook `prepare` makes the data, once, where that can be done."""

import errno
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from pyvideoai.data.lists import Dataset, prepare
from pyvideoai.errors import UserError


def _prepare_slowly(root):
    def hook():
        log = root / "log.txt"
        with log.open("a") as file:
            file.write(f"{os.getpid()} begins\n")
        time.sleep(0.1)
        with log.open("a") as file:
            file.write(f"{os.getpid()} ends\n")

    prepare(Dataset(root, list, dict, prepare=hook))


def test_only_one_process_prepares_at_a_time(tmp_path):
    processes = [
        multiprocessing.get_context("fork").Process(target=_prepare_slowly, args=(tmp_path,)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    lines = [line.split() for line in (tmp_path / "log.txt").read_text().splitlines()]
    assert len(lines) == 6
    assert all(begin[0] == end[0] for begin, end in zip(lines[::2], lines[1::2], strict=True))


def test_prepare_makes_way_for_the_folder_and_needs_no_hook(tmp_path):
    made = []
    prepare(Dataset(tmp_path / "new" / "videos", list, dict, prepare=lambda: made.append(1)))
    assert made == [1] and (tmp_path / "new").is_dir()
    prepare(Dataset(tmp_path / "other" / "videos", list, dict, prepare=None))
    assert not (tmp_path / "other").exists()


@pytest.fixture
def read_only(tmp_path, monkeypatch):
    """A folder on a read-only disk, as `open` and `mkdir` see it: whoever runs the tests may be root."""

    def refuse(self, *options, **more):
        if tmp_path in (self, *self.parents) and (options or more):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))
        return plain_open(self, *options, **more)

    plain_open = Path.open
    monkeypatch.setattr(Path, "open", refuse)
    return tmp_path


def test_data_that_is_made_needs_no_place_that_can_be_written(read_only):
    made = []
    prepare(Dataset(read_only / "videos", list, dict, prepare=lambda: made.append(1)))
    assert made == [1] and not list(read_only.iterdir())
    with pytest.raises(UserError, match=r"dataset.root = .*videos can't be prepared: .*Read-only file system") as error:
        prepare(Dataset(read_only / "videos", list, dict, prepare=lambda: (read_only / "a.mp4").open("w")))
    assert "\n" not in str(error.value)


def test_a_place_that_can_t_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"dataset.root = .*videos can't be prepared: "):
        prepare(Dataset(tmp_path / "file" / "videos", list, dict, prepare=lambda: None))
