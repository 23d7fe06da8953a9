"""Memory format and precision: what channels last changes, and how "auto" chooses and remembers."""

import json
import time
from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from torch import nn

from pyvideoai.config.load import load
from pyvideoai.data.splits import Splits
from pyvideoai.engine import fastest
from pyvideoai.engine.fastest import Way
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.engine.setup import build_training
from pyvideoai.models import bf16_convolutions
from pyvideoai.models.memory_format import set_memory_format
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.unpack import task_in

CPU, SHAPE = torch.device("cpu"), (2, 3, 4, 16, 16)
PLAIN, LAST, HALF, BOTH = Way(), Way("channels_last"), Way(amp="bf16"), Way("channels_last", "bf16")


def _network() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Conv3d(3, 8, 3), nn.BatchNorm3d(8), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(8, 5)
    return nn.Sequential(*layers)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(fastest, "SMALL", 0)
    return tmp_path / "pyvideoai" / "fastest.json"


def _times(monkeypatch, plain: float, last: float, *more: float) -> list[int]:
    """Let the ways take these seconds; the list grows by one at each timing."""
    timings: list[int] = []

    def times(steps: dict) -> dict[Way, list[float]]:
        timings.append(1)
        for step in steps.values():
            step()  # what is timed runs
        given = zip((PLAIN, LAST, HALF, BOTH), (plain, last, *more), strict=False)
        return {way: [seconds] * 3 for way, seconds in given if way in steps}

    monkeypatch.setattr(fastest, "_times", times)
    return timings


def _choose(said: list[str], network: nn.Module | None = None, ways: tuple[Way, ...] = (PLAIN, LAST)) -> Way:
    return fastest.choose_way(network or _network(), SHAPE, ways, device=CPU, say=said.append)


def test_channels_last_changes_how_a_network_computes_and_not_what():
    plain, last = _network().eval(), _network().eval()
    set_memory_format(last, "channels_last")
    inputs = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))
    features = last[0](inputs)
    assert features.is_contiguous(memory_format=torch.channels_last_3d) and not features.is_contiguous()
    torch.testing.assert_close(last(inputs), plain(inputs))
    set_memory_format(last, "contiguous")
    assert torch.equal(last(inputs), plain(inputs))


def test_convolutions_of_frames_too():
    frame = nn.Conv2d(3, 8, 3)
    set_memory_format(frame, "channels_last")
    assert frame(torch.randn(1, 3, 8, 8)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("last", "chosen"), [(0.8, LAST), (0.97, PLAIN), (1.2, PLAIN)])
def test_only_a_clear_gain_counts(monkeypatch, last, chosen):
    _times(monkeypatch, 1.0, last)
    said: list[str] = []
    assert _choose(said) == chosen
    first, then = f"{last} s", "with contiguous fp32 1 s"
    if chosen == PLAIN:
        first, then = "1 s", f"with channels_last fp32 {last} s"
    assert said == [f"{chosen}: a step of 2 clips took {first}, {then}"]


def test_a_choice_is_remembered_for_the_same_network_and_shape(monkeypatch, cache):
    timings, said = _times(monkeypatch, 1.0, 0.5), list[str]()
    assert _choose(said) == _choose(said) == LAST
    assert len(timings) == 1 and said[1] == f"channels_last fp32: found fastest before ({cache})"
    _choose(said, nn.Sequential(_network(), nn.Linear(5, 2)))
    assert len(timings) == 2 and len(json.loads(cache.read_text())) == 2


@pytest.mark.parametrize("content", ["", "[1]", "{", "[" * 100_000])
def test_a_broken_memory_is_made_anew(monkeypatch, cache, content):
    cache.parent.mkdir()
    cache.write_text(content)
    _times(monkeypatch, 1.0, 0.5)
    assert _choose([]) == LAST
    assert list(json.loads(cache.read_text()).values()) == ["channels_last fp32"]


class _Different(nn.Module):
    """Give other logits if its weights lie otherwise: a network that relies on strides."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv3d(3, 8, 3)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.convolution(inputs).mean((2, 3, 4)) * self.convolution.weight.stride(1)


class _Broken(_Different):
    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("out of memory")


def test_another_result_is_not_taken_however_fast(monkeypatch):
    _times(monkeypatch, 1.0, 0.1)
    said: list[str] = []
    assert _choose(said, _Different()) == PLAIN
    assert said[0].startswith("contiguous fp32: with channels_last fp32, logits differ by ")
    assert _choose([], _Different(), (PLAIN, LAST, HALF)) == PLAIN  # bf16 is compared too, and is no faster


def test_a_network_that_fails_is_left_to_training(cache):
    said: list[str] = []
    assert _choose(said, _Broken()) == PLAIN
    assert said == ["contiguous fp32: timing failed (RuntimeError)"] and not cache.exists()


def test_timing_changes_neither_the_network_nor_random_numbers():
    network = _network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    torch.manual_seed(3)
    _choose([], network)
    drawn = torch.randn(3)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.randn(3))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.grad is None and parameter.is_contiguous() for parameter in network.parameters())


def test_small_networks_are_not_timed(monkeypatch):
    parameters = sum(parameter.numel() for parameter in _network().parameters())
    for smallest, small in ((parameters + 1, True), (parameters, False)):
        monkeypatch.setattr(fastest, "SMALL", smallest)
        assert fastest.is_small(_network()) is small


@pytest.mark.parametrize(
    ("seconds", "chosen"), [((1, 0.9, 0.7, 0.6), BOTH), ((1, 0.9, 0.5, 0.6), HALF), ((1, 0.8, 0.9, 2), LAST)]
)
def test_of_formats_and_precisions_the_fastest_pair_is_taken(monkeypatch, seconds, chosen):
    _times(monkeypatch, *seconds)
    assert _choose([], ways=(PLAIN, LAST, HALF, BOTH)) == chosen


def test_a_way_that_is_hopeless_is_tried_once_only():
    tried = []
    steps = {PLAIN: lambda: tried.append("plain"), HALF: lambda: (tried.append("half"), time.sleep(0.1))}
    assert set(fastest._times(steps)) == {PLAIN}
    assert tried.count("half") == 1 and tried.count("plain") > fastest.LEAST_ROUNDS


@pytest.mark.parametrize(("amp", "mended"), [("bf16", True), ("none", False)])
def test_a_run_in_bf16_on_a_cpu_mends_its_weight_gradients(amp, mended, monkeypatch):
    config = load(CONTRACTS, "motion", "i3d_tiny", "quickstart", [f"amp={amp}"])
    table = pd.DataFrame({"video": ["a.mp4", "b.mp4"], "label": [0, 1]})
    splits = Splits(["left", "right"], table, table, None, task=task_in(config))
    training = build_training(config, splits, Processes(0, 1, 1, CPU), None, Reporter(None, enabled=False))
    calls = []
    plain = bf16_convolutions.weight_gradient
    monkeypatch.setattr(bf16_convolutions, "weight_gradient", lambda *given: calls.append(1) or plain(*given))
    with training.autocast():
        outputs = training.network(torch.randn(2, 3, 8, 32, 32))
    outputs.float().square().mean().backward()
    convolutions = sum(isinstance(module, nn.Conv3d) for module in training.model.modules())
    # the first one, of three channels, is a 2-D one then
    assert len(calls) == (convolutions - 1 if mended else 0) and convolutions > 3


def test_a_compiled_way_is_compiled_before_it_is_timed(monkeypatch):
    compiled, steps = Way(compile=True), list[str]()

    def compile_(function, **_):
        def run(*inputs):
            steps.append("compiled")
            return function(*inputs)

        return run

    def times(timed: dict) -> dict[Way, list[float]]:
        steps.append("timed")
        return {way: [0.5 if way.compile else 1.0] for way in timed}

    monkeypatch.setattr(torch, "compile", compile_)
    monkeypatch.setattr(fastest, "_times", times)
    said: list[str] = []
    assert _choose(said, ways=(PLAIN, compiled)) == compiled
    assert steps == ["compiled", "compiled", "timed"]  # the logits and a first step
    assert said == ["contiguous fp32 compiled: a step of 2 clips took 0.5 s, with contiguous fp32 1 s"]


@pytest.mark.parametrize(
    ("given", "device", "found"),
    [
        ("auto", "cuda", [False, True]),
        ("auto", "cpu", [False]),
        (True, "cuda", [True]),
        (True, "cpu", [True]),
        (False, "cuda", [False]),
    ],
)
def test_auto_compiles_on_a_gpu_only(given, device, found):
    settled = {"memory_format": "contiguous", "amp": "none", "fixed_views": 0, "deterministic": False}
    config = SimpleNamespace(exp=SimpleNamespace(compile=given, **settled))
    assert [way.compile for way in fastest.ways_of(config, torch.device(device))] == found
