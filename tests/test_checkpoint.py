"""Checkpoints: whole or not at all, `last` and `best` point right, and a file can never run code."""

import os
import pickle
import re

import pytest
import torch

from pyvideoai.checkpoint import (
    check_alike,
    find_checkpoint,
    load_checkpoint,
    newest_readable,
    save_checkpoint,
    write_checkpoint,
)
from pyvideoai.errors import UserError


def save(folder, epoch, best, keep_all=False):
    save_checkpoint(folder, epoch, {"model": {"w": torch.full((2,), float(epoch))}}, best_epoch=best, keep_all=keep_all)


def test_last_and_best_point_at_numbered_files_and_the_rest_goes(tmp_path):
    for epoch, best in ((1, 1), (2, 2), (3, 2), (4, 2)):
        save(tmp_path, epoch, best)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.pth",
        "epoch_0002.pth",
        "epoch_0004.pth",
        "last.pth",
    ]
    assert load_checkpoint(find_checkpoint(tmp_path, "last"))["epoch"] == 4
    assert load_checkpoint(find_checkpoint(tmp_path, "best"))["epoch"] == 2
    assert load_checkpoint(find_checkpoint(tmp_path, "4"))["model"]["w"].tolist() == [4.0, 4.0]


def test_save_mode_all_keeps_every_epoch(tmp_path):
    for epoch in (1, 2, 3):
        save(tmp_path, epoch, 1, keep_all=True)
    assert len(list(tmp_path.glob("epoch_*.pth"))) == 3


def test_a_save_that_fails_leaves_the_one_before(tmp_path, monkeypatch):
    save(tmp_path, 1, 1)
    monkeypatch.setattr(torch, "save", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(tmp_path, 2, 2)
    assert load_checkpoint(find_checkpoint(tmp_path, "last"))["epoch"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.pth", "epoch_0001.pth", "last.pth"]


def without_links(folder):
    """As `rsync -r`, a zip or an S3 bucket would copy the folder."""
    for path in folder.glob("*.pth"):
        if path.is_symlink():
            path.unlink()


def test_a_copy_without_links_has_its_last_and_best_checkpoint(tmp_path):
    progress = {"progress": {"best_epoch": 2}}
    for epoch in (1, 2, 3, 4):
        content = {"model": {"w": torch.full((2,), float(epoch))}, **progress}
        save_checkpoint(tmp_path, epoch, content, best_epoch=min(epoch, 2), keep_all=False)
    without_links(tmp_path)
    assert load_checkpoint(find_checkpoint(tmp_path, "last"))["epoch"] == 4
    assert load_checkpoint(find_checkpoint(tmp_path, "best"))["epoch"] == 2


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_one_flipped_bit_of_the_weights_is_found_and_the_epoch_before_is_taken(tmp_path, place):
    for epoch in (1, 2):
        content = {"model": {"w": torch.arange(5000.0)}}
        save_checkpoint(tmp_path, epoch, content, best_epoch=1, keep_all=False)
    damaged = tmp_path / "epoch_0002.pth"
    flipped = bytearray(damaged.read_bytes())
    flipped[int(len(flipped) * place)] ^= 1
    damaged.write_bytes(flipped)
    with pytest.raises(UserError, match=r"epoch_0002.pth can't be read as a checkpoint: its part .* is damaged"):
        load_checkpoint(damaged)
    path, content, (fault,) = newest_readable(tmp_path)
    assert path.name == "epoch_0001.pth" and content["epoch"] == 1 and "epoch_0002.pth" in fault


def test_a_wrong_name_lists_what_there_is(tmp_path):
    save(tmp_path, 3, 3)
    with pytest.raises(UserError, match=r"no checkpoint 'bset' in .*; did you mean 'best'\?"):
        find_checkpoint(tmp_path, "bset")
    with pytest.raises(UserError, match="allowed: 3, best, last"):
        find_checkpoint(tmp_path, "7")


def test_a_state_within_the_first_epoch_is_no_checkpoint_to_score(tmp_path):
    write_checkpoint(tmp_path / "resume_a.pth", {"epoch": 0, "position": [0, 0, 3, 0]})
    with pytest.raises(UserError, match=r"no epoch is finished yet in .*; tools/run_train.py -l "):
        find_checkpoint(tmp_path, "last")


class Evil:
    def __reduce__(self):
        return os.mkdir, ("evil-was-here",)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: torch.save({"format": "pyvideoai 1", "model": Evil()}, path),
        lambda path: path.write_bytes(pickle.dumps(Evil())),
        lambda path: path.write_text("<html>404</html>"),
        lambda path: path.write_bytes(b""),
    ],
)
def test_a_file_that_is_no_checkpoint_is_one_line_and_runs_nothing(tmp_path, monkeypatch, write):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "file.pth")
    with pytest.raises(UserError) as caught:
        load_checkpoint(tmp_path / "file.pth")
    assert "file.pth" in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "evil-was-here").exists()


def test_another_frameworks_file_is_told_apart(tmp_path):
    torch.save({"model_state": {}}, tmp_path / "other.pth")
    with pytest.raises(UserError, match="not a checkpoint of this framework"):
        load_checkpoint(tmp_path / "other.pth")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("last_epoch", None, "last_epoch is missing"),
        ("last_epoch", "3", "last_epoch: a str, not a int"),
        ("base_lrs", [0.1], "base_lrs: 1 values, not 2"),
        ("base_lrs", [0.1, "x"], "base_lrs: 1: a str, not a float"),
        ("base_lrs", {}, "base_lrs: a dict, not a list"),
    ],
)
def test_a_state_that_is_built_otherwise_is_told(name, value, told):
    parameters = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(2)]
    fresh = torch.optim.lr_scheduler.StepLR(torch.optim.SGD(parameters, lr=0.1), 3).state_dict()
    check_alike({**fresh, "last_epoch": 7, "another": 1}, fresh)
    state = {key: each for key, each in fresh.items() if key != name} | ({} if value is None else {name: value})
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        check_alike(state, fresh)
