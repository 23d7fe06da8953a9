"""`memory_format = "auto"`: chosen once, kept in the run's folder, and followed by all that goes on from there."""

import json

import pytest
import torch
from workplaces import CHOICE, VERSION

import pyvideoai
from pyvideoai.commands import evaluate
from pyvideoai.commands import train as train_command
from pyvideoai.engine import fastest

ONE_EPOCH = VERSION.parent / "num_epochs=1" / "version_000"


@pytest.fixture(autouse=True)
def timings(tmp_path, monkeypatch):
    """Let small networks be timed too, and channels last win; the list grows by one with each timing."""
    taken: list[int] = []

    def times(steps):
        taken.append(1)
        return {"contiguous": [2.0], "channels_last": [1.0]}

    monkeypatch.setattr(fastest, "SMALL", 0)
    monkeypatch.setattr(fastest, "_times", times)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return taken


def _is_channels_last(model) -> bool:
    weights = [
        each for each in model.parameters() if each.ndim == 5 and each.shape[1] > 1 and each.shape[2:].numel() > 1
    ]
    return all(
        each.is_contiguous(memory_format=torch.channels_last_3d) and not each.is_contiguous() for each in weights
    )


def test_a_choice_is_kept_and_followed(workplace, timings, capsys):
    assert train_command.main([*CHOICE, "-e", "1"]) == 0
    assert "memory format channels_last: a step of 2 clips took 1 s with channels last" in capsys.readouterr().out
    assert (
        "memory_format=channels_last" in json.loads((ONE_EPOCH / "configs" / "overrides.json").read_text())["overrides"]
    )
    assert _is_channels_last(pyvideoai.load(ONE_EPOCH).trained.model.network.module)
    assert evaluate.main(["--from", str(ONE_EPOCH), "-l", "last"]) == 0
    assert train_command.main(["-l", str(ONE_EPOCH), "-e", "2"]) == 0
    assert train_command.main(["--from", str(ONE_EPOCH), "-S", "again"]) == 0
    assert "memory format" not in capsys.readouterr().out and len(timings) == 1


@pytest.mark.parametrize("given", ["deterministic=True", "memory_format=contiguous"])
def test_nothing_is_timed_where_the_format_is_settled(workplace, timings, given):
    assert train_command.main([*CHOICE, "-e", "1", "--set", given]) == 0
    [version] = VERSION.parent.glob("*num_epochs=1*/version_000")
    assert not timings and not _is_channels_last(pyvideoai.load(version).trained.model.network.module)
