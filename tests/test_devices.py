"""The setting `device`: what torch sees works, everywhere alike; anything else is one line."""

import pytest
import torch

from pyvideoai.config.contract import Contract
from pyvideoai.config.errors import ConfigError
from pyvideoai.config.values.overrides import parse_overrides
from pyvideoai.engine.settings import EXPERIMENT
from pyvideoai.errors import UserError
from pyvideoai.predictor import load
from pyvideoai.processes import pick_device

CONTRACT = Contract("experiment", (EXPERIMENT["device"],))
TAKES = "device takes 'auto' or 'cpu' or 'cuda' or 'cuda:<number>' or 'mps', not "


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda", "cuda:0", "cuda:12", "mps"])
def test_names_of_devices(name):
    assert parse_overrides([f"device={name}"], [CONTRACT])[0].value() == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpu", "'gpu'"),
        ("CUDA", "'CUDA'; did you mean 'cuda'?"),
        ("cuda1", "'cuda1'; did you mean 'cuda'?"),
        ("cuda:", "'cuda:'; did you mean 'cuda'?"),
        ("cuda:01", "'cuda:01'; did you mean 'cuda'?"),
        ("cpu:0", "'cpu:0'"),
        ("0", "'0'"),
    ],
)
def test_other_names(name, message):
    with pytest.raises(ConfigError) as error:
        parse_overrides([f"device={name}"], [CONTRACT])
    assert str(error.value) == f"--set device={name}: {TAKES}{message}"


@pytest.fixture
def machine(monkeypatch):
    """Pretend a number of GPUs, and perhaps Apple's."""

    def pretend(gpus: int, mps: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


@pytest.mark.parametrize(
    ("gpus", "name", "local_rank", "expected"),
    [
        (0, "auto", 0, "cpu"),
        (0, "auto", 3, "cpu"),
        (2, "cpu", 0, "cpu"),
        (2, "auto", 1, "cuda:1"),
        (2, "cuda", 0, "cuda:0"),
        (2, "cuda:1", 0, "cuda:1"),
        (0, "mps", 0, "mps"),
    ],
)
def test_what_torch_sees_is_used(machine, gpus, name, local_rank, expected):
    machine(gpus, mps=True)
    assert pick_device(name, local_rank=local_rank) == torch.device(expected)


@pytest.mark.parametrize(
    ("gpus", "name", "processes", "message"),
    [
        (0, "cuda", (0, 1), "device = 'cuda' was asked for, but torch finds no CUDA device; use --device cpu"),
        (0, "cuda:1", (0, 1), "device = 'cuda:1' was asked for, but torch finds no CUDA device; use --device cpu"),
        (0, "mps", (0, 1), "device = 'mps' was asked for, but torch finds no MPS device; use --device cpu"),
        (1, "cuda:1", (0, 1), "device = 'cuda:1' is not there: torch finds 1, cuda:0"),
        (4, "cuda:4", (0, 1), "device = 'cuda:4' is not there: torch finds 4, cuda:0 to cuda:3"),
        (2, "auto", (2, 3), "process 2 of this machine has no GPU of its own: torch finds 2, cuda:0 to cuda:1"),
        (2, "cuda:1", (0, 2), "device = 'cuda:1' is one device, and there are 2 processes; use --device cuda or cpu"),
    ],
)
def test_what_it_does_not_see_is_an_error(machine, gpus, name, processes, message):
    machine(gpus)
    with pytest.raises(UserError) as error:
        pick_device(name, local_rank=processes[0], world=processes[1])
    assert str(error.value) == message


def test_python_is_not_advised_a_command_line_s_flag(machine, tmp_path):
    machine(0)
    for name, kind in {"cuda": "CUDA", "cuda:1": "CUDA", "mps": "MPS"}.items():
        with pytest.raises(UserError) as error:
            load(tmp_path, device=name)
        told = f'device = {name!r} was asked for, but torch finds no {kind} device; use device="cpu"'
        assert str(error.value) == told
