"""An experiment's folder that was copied without its links, damaged, or left by a kill: nothing trained is lost."""

from pathlib import Path

import pandas as pd
import pytest
from workplaces import CHOICE, VERSION

from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command


@pytest.fixture
def stopped(workplace) -> Path:
    """A run of two epochs that are both kept, which `num_epochs` lets go on."""
    assert train_command.main([*CHOICE, "-S", "run", "--save_mode", "all", "-e", "2"]) == 0
    return VERSION.parent / "run" / "version_000"


def go_on(folder: Path) -> list[int]:
    assert train_command.main(["-l", str(folder), "-e", "3"]) == 0
    return pd.read_csv(folder / "summary.csv", comment="#")["epoch"].tolist()


def test_a_copy_without_links_goes_on_and_is_scored(stopped, capsys):
    for name in ("last", "best"):
        (stopped / "weights" / f"{name}.pth").unlink()
    assert eval_command.main(["--from", str(stopped), "-l", "best"]) == 0
    assert go_on(stopped) == [1, 2, 3]
    assert "going on after epoch 2" in capsys.readouterr().out


def test_a_damaged_newest_epoch_is_said_and_the_one_before_goes_on(stopped, capsys):
    newest = stopped / "weights" / "epoch_0002.pth"
    damaged = bytearray(newest.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    newest.write_bytes(damaged)
    assert go_on(stopped) == [1, 2, 3]
    shown = capsys.readouterr().out
    assert "WARNING: " in shown and "epoch_0002.pth can't be read as a checkpoint" in shown
    assert "going on after epoch 1" in shown


def test_a_version_that_a_kill_left_before_it_began_hides_no_older_one(stopped, capsys):
    (stopped.parent / "version_001" / "weights").mkdir(parents=True)
    assert train_command.main([*CHOICE, "-S", "run", "-l", "last", "-e", "3"]) == 0
    assert pd.read_csv(stopped / "summary.csv", comment="#")["epoch"].tolist() == [1, 2, 3]
