"""What each training video lost in each epoch, kept in a file that a resumed run goes on with."""

from pathlib import Path

import numpy as np
import pytest

from pyvideoai.reporting import clip_losses
from pyvideoai.reporting.clip_losses import ClipOutcomes, add_epoch, read_clip_losses


def clips(rows: list[int], losses: list[float]) -> ClipOutcomes:
    return ClipOutcomes(np.array(rows), np.array(losses), np.array(rows) % 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clip_losses.npz"


def test_a_row_has_the_mean_of_its_clips_and_a_row_without_clips_has_none(path):
    add_epoch(path, 1, clips([4, 1, 4, -1], [1.0, 0.5, 3.0, 9.0]), 5)
    found = read_clip_losses(path)
    assert found.epochs.tolist() == [1] and found.losses.dtype == np.float16
    np.testing.assert_array_equal(found.losses, [[np.nan, 0.5, np.nan, np.nan, 2.0]])
    assert found.predicted.tolist() == [[-1, 1, -1, -1, 1]]


def test_what_a_killed_run_had_beyond_its_checkpoint_is_made_again(path):
    for epoch in (1, 2, 3):
        add_epoch(path, epoch, clips([0, 1], [epoch, epoch]), 2)
    add_epoch(path, 2, clips([0, 1], [7.0, 7.0]), 2)
    found = read_clip_losses(path)
    assert found.epochs.tolist() == [1, 2] and found.losses[:, 0].tolist() == [1, 7]


def test_a_damaged_file_is_begun_anew_and_so_is_one_of_other_rows(path):
    path.write_bytes(b"PK not a zip file")
    assert read_clip_losses(path) is None
    add_epoch(path, 3, clips([0], [1.0]), 2)
    assert read_clip_losses(path).epochs.tolist() == [3]
    add_epoch(path, 4, clips([0], [1.0]), 3)
    assert read_clip_losses(path).epochs.tolist() == [4]


def test_a_long_run_keeps_every_second_epoch_then_every_fourth_whenever_it_was_killed(path, monkeypatch):
    monkeypatch.setattr(clip_losses, "MOST", 8)  # four epochs of two rows

    def kept(epochs: list[int]) -> list[int]:
        path.unlink(missing_ok=True)
        for epoch in epochs:
            add_epoch(path, epoch, clips([0, 1], [epoch, epoch]), 2)
        return read_clip_losses(path).epochs.tolist()

    assert kept([1, 2, 3, 4]) == [1, 2, 3, 4] and kept([*range(1, 7)]) == [1, 3, 5, 6]
    assert kept([*range(1, 12)]) == [1, 5, 9, 11] == kept([*range(1, 8), 6, *range(6, 10), 9, 10, 11])


def test_a_loss_without_bounds_stays_a_number(path):
    add_epoch(path, 1, clips([0, 1], [1e9, 1.0]), 2)
    assert np.isfinite(read_clip_losses(path).losses).all()
