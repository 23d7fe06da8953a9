"""tools/average_weights.py on a run of two epochs that are both kept."""

from pathlib import Path

import pytest
import torch
from workplaces import CHOICE, VERSION

from pyvideoai.checkpoint import load_checkpoint
from pyvideoai.commands import average_weights, evaluate
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError


@pytest.fixture
def run(workplace) -> Path:
    assert train_command.main([*CHOICE, "-S", "run", "--save_mode", "all", "-e", "2"]) == 0
    return VERSION.parent / "run" / "version_000"


def weights(run: Path, name: str) -> dict[str, torch.Tensor]:
    return load_checkpoint(run / "weights" / f"{name}.pth")["model"]


def test_the_average_of_two_epochs_is_written_and_scored(run, capsys):
    before = {path.name: path.read_bytes() for path in (run / "weights").glob("epoch_*.pth")}
    assert average_weights.main([str(run), "--epochs", "1-2", "--precise_bn", "2"]) == 0
    shown = capsys.readouterr().out
    assert "average of 2 epochs; on val: loss " in shown and "top-1 " in shown
    first, second, mean = (weights(run, name) for name in ("epoch_0001", "epoch_0002", "average_1-2"))
    for name, tensor in mean.items():
        halfway = torch.allclose(tensor.double(), (first[name].double() + second[name].double()) / 2, rtol=1e-6)
        # batch norm's statistics are those of the averaged network on training clips, not the mean of two
        assert halfway == ("running" not in name and not (name.endswith("tracked") and first[name] != second[name]))
    assert evaluate.main(["--from", str(run), "-l", "average_1-2"]) == 0
    assert "average_1-2.pth (epoch 2)" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in (run / "weights").glob("epoch_*.pth")} == before


def test_an_epoch_that_was_not_kept_is_named(trained):
    with pytest.raises(UserError, match=r"no checkpoint '2' in .*weights"):
        average_weights.main([str(trained), "--epochs", "1-2"])
    assert not list((trained / "weights").glob("average*"))


@pytest.mark.parametrize("text", ["2", "x", "3-2", "1,1"])
def test_fewer_than_two_epochs_are_refused(text):
    with pytest.raises(UserError, match=f"'{text}' names no two epochs; write 8-10, or 4,8-10"):
        average_weights.main(["anywhere", "--epochs", text])
