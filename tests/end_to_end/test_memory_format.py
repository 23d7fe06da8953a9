"""`memory_format` and `amp` = "auto": chosen once, kept in a run's folder, followed by all that goes on from it."""

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
    """Let small networks be timed too, and channels last and bf16 win; the list grows by one with each timing."""
    taken: list[int] = []

    def times(steps):
        taken.append(1)
        return {way: [4.0 / (1 + (way.memory_format == "channels_last")) / (1 + (way.amp == "bf16"))] for way in steps}

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
    assert "channels_last fp32: a step of 2 clips took 2 s, with contiguous fp32 4 s" in capsys.readouterr().out
    assert (
        "memory_format=channels_last" in json.loads((ONE_EPOCH / "configs" / "overrides.json").read_text())["overrides"]
    )
    assert _is_channels_last(pyvideoai.load(ONE_EPOCH).trained.model.network.module)
    assert evaluate.main(["--from", str(ONE_EPOCH), "-l", "last"]) == 0
    assert train_command.main(["-l", str(ONE_EPOCH), "-e", "2"]) == 0
    assert train_command.main(["--from", str(ONE_EPOCH), "-S", "again"]) == 0
    assert "channels_last fp32" not in capsys.readouterr().out and len(timings) == 1


def test_a_precision_is_kept_and_followed_too(workplace, timings, capsys):
    chosen = ["--set", "amp=auto", "--set", "num_epochs=1"]
    assert train_command.main([*CHOICE, *chosen]) == 0
    assert "channels_last bf16: a step of 2 clips took 1 s, with channels_last fp32 2 s, " in capsys.readouterr().out
    [version] = VERSION.parent.glob("*amp=auto*/version_000")
    overrides = json.loads((version / "configs" / "overrides.json").read_text())["overrides"]
    assert {"amp=bf16", "memory_format=channels_last"} <= set(overrides) and "amp=auto" not in overrides
    assert pyvideoai.load(version).trained.model.amp == "bf16"
    assert evaluate.main([*CHOICE, "-l", "last", *chosen]) == 0
    assert (
        train_command.main([*CHOICE, "-l", "last", "--set", "amp=auto", "--set", "memory_format=auto", "-e", "2"]) == 0
    )
    assert _is_channels_last(pyvideoai.load(version, checkpoint="last").trained.model.network.module)
    assert len(timings) == 1 and list(VERSION.parent.glob("*/version_*")) == [version]


@pytest.mark.parametrize("given", ["deterministic=True", "memory_format=contiguous"])
def test_nothing_is_timed_where_the_format_is_settled(workplace, timings, given):
    assert train_command.main([*CHOICE, "-e", "1", "--set", given]) == 0
    [version] = VERSION.parent.glob("*num_epochs=1*/version_000")
    assert not timings and not _is_channels_last(pyvideoai.load(version).trained.model.network.module)
