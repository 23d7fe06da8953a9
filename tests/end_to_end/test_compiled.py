"""`compile = True`: the same names and numbers as without it, kept by a resume, evaluation and --from."""

import json
from pathlib import Path

import pytest
import torch
from workplaces import CHOICE, VERSION

import pyvideoai
from pyvideoai.commands import evaluate
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError

ONE_EPOCH = VERSION.parent / "num_epochs=1" / "version_000"


@pytest.fixture
def traced(monkeypatch):
    """Let dynamo trace networks without a compiler behind it, which takes a minute; count the graphs that it makes."""
    graphs: list[int] = []

    def backend(graph, inputs):
        graphs.append(1)
        return graph.forward

    compile_ = torch.compile
    monkeypatch.setattr(torch, "compile", lambda function: compile_(function, backend=backend))
    torch._dynamo.reset()
    return graphs


def run(*more: str) -> None:
    assert train_command.main([*CHOICE, "-e", "1", *more]) == 0


def _compiled_and_not() -> None:
    run("-S", "plain")
    run("--set", "compile=True")
    plain, compiled = VERSION.parent / "plain" / "version_000", ONE_EPOCH
    states = [torch.load(each / "weights" / "last.pth", weights_only=True)["model"] for each in (plain, compiled)]
    assert list(states[0]) == list(states[1])
    for first, second in zip(*(each.values() for each in states), strict=True):
        torch.testing.assert_close(first, second, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_a_compiled_run_is_like_any_other(workplace, traced):
    _compiled_and_not()
    assert len(traced) >= 3  # the small function, training and evaluation
    results = json.loads((ONE_EPOCH / "results.json").read_text())
    assert evaluate.main(["--from", str(ONE_EPOCH), "-l", "last", "--out", "result.json"]) == 0
    assert json.loads(Path("result.json").read_text())["metrics"] == results["last"]["metrics"]
    assert train_command.main(["-l", str(ONE_EPOCH), "-e", "2"]) == 0
    assert train_command.main(["--from", str(ONE_EPOCH), "-S", "again"]) == 0
    assert "compile=True" in (VERSION.parent / "again" / "version_000" / "configs" / "overrides.json").read_text()
    assert pyvideoai.load(ONE_EPOCH).predict("clips/test_red_0.mp4")[0][0] in ("red", "blue")


FEW_LAYERS = '''
"""A network that the compiler needs seconds for."""

from torch import nn

from pyvideoai.models.normalise import Normalise

clip = (4, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))


def load_model(num_classes):
    parts = nn.Conv3d(3, 8, (1, 5, 5), stride=(1, 4, 4), bias=False), nn.BatchNorm3d(8), nn.ReLU()
    return nn.Sequential(*parts, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(8, num_classes))
'''


@pytest.mark.slow
def test_with_torch_s_own_compiler(workplace):
    """Train, resume, evaluate; batches of several sizes are compiled twice at most: as they are, and for any size."""
    Path("model_configs/few.py").write_text(FEW_LAYERS)
    choice = ["-D", "colours", "-M", "few", "-E", "brief", "--set", "eval_clips_per_device=3"]  # val has 6, test 10
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    assert train_command.main([*choice, "-e", "1", "-S", "plain"]) == 0
    assert train_command.main([*choice, "-e", "1", "-S", "compiled", "--set", "compile=True"]) == 0
    base = VERSION.parent.parent.parent / "few" / "brief"
    plain, compiled = (base / name / "version_000" for name in ("plain", "compiled"))
    states = [torch.load(each / "weights" / "last.pth", weights_only=True)["model"] for each in (plain, compiled)]
    assert list(states[0]) == list(states[1])
    for first, second in zip(*(each.values() for each in states), strict=True):
        torch.testing.assert_close(first, second, rtol=1e-3, atol=1e-4)
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    # The small function; training's network; evaluation's, whose last batch is another one, in val and in test.
    assert 3 <= graphs <= 8
    assert train_command.main(["-l", str(compiled), "-e", "3"]) == 0
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] <= 2 * graphs  # two epochs more, and no more graphs
    assert evaluate.main(["--from", str(compiled), "-l", "last", "--out", "result.json"]) == 0
    results = json.loads((compiled / "results.json").read_text())
    assert json.loads(Path("result.json").read_text())["metrics"] == results["last"]["metrics"]


def test_a_machine_that_can_not_compile_is_one_line(workplace, monkeypatch):
    def fails(function):
        raise RuntimeError("no C++ compiler\nfound")

    monkeypatch.setattr(torch, "compile", fails)
    with pytest.raises(UserError, match=r"torch\.compile doesn't work here on cpu .*no C\+\+ compiler found"):
        run("--set", "compile=True")


def test_on_a_cpu_auto_compiles_nothing(workplace, traced):
    run("--set", "compile=auto")
    assert not traced
