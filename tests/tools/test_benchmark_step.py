"""The benchmark of the training step: what is run, and what its table says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmark.step.ours import Ours, training_of
from benchmark.step.plain import OfFrames, PlainLoop, peer
from benchmark.step.profiled import profiled
from benchmark.step.report import added, table
from benchmark.step.run import Found, Turn
from benchmark.step.shapes import Shapes
from benchmark.step.spec import BARE, OURS, Spec
from pyvideoai.config.load import load
from pyvideoai.engine.fastest import Way
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError

TOOLS = Path(__file__).resolve().parents[2] / "tools"
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def config():
    sizes = ["test_views.clips=3", "global_batch=4", "clips_per_device=2", "label_smoothing=0"]
    return load(CONTRACTS, "motion", "i3d_tiny", "quickstart", sizes).execute()


def test_pixels_have_the_experiments_sizes(config):
    shapes = Shapes.of(config)
    size = config.exp.test_views.size
    assert shapes.train.shape == (2, config.model.clip[0], size, size, 3)
    assert shapes.test.shape == (1, 3, config.model.clip[0], size, size, 3)


def test_a_step_of_a_size_that_a_run_finds_is_refused():
    config = load(CONTRACTS, "motion", "i3d_tiny", "quickstart", ["clips_per_device=auto"])
    with pytest.raises(UserError, match="clips_per_device = 'auto' is what a run finds: give the benchmark its number"):
        Shapes.of(config)


def bare(training, shapes):
    return PlainLoop(training.model, training.optimiser, training.to_input, training.amp, shapes)


def test_the_bare_loop_does_the_same_work(config):
    shapes, gradients = Shapes.of(config), []

    def note(optimiser, *_):
        gradients.append([each.grad.clone() for group in optimiser.param_groups for each in group["params"]])

    for loop in (Ours, bare):
        training, way = training_of(config, 5, shapes, CPU)
        training.model.dropout = torch.nn.Identity()  # the loops draw other random numbers
        training.optimiser.register_step_pre_hook(note)
        contestant = loop(training, shapes)
        contestant.train(1)
        contestant.evaluate()
        assert way == Way("contiguous", "none")
    ours, theirs = gradients
    assert all(torch.equal(*pair) for pair in zip(ours, theirs, strict=True))
    assert any(each.any() for each in ours)  # a residual branch whose last norm begins at 0 has none in the first step


def test_the_bare_loop_computes_as_ours_has_chosen(config):
    shapes = Shapes.of(config)
    training, way = training_of(config, 5, shapes, CPU, Way("channels_last", "bf16"))
    assert way == Way("channels_last", training.amp) == Way("channels_last", "bf16")
    kernel = next(each for each in training.model.parameters() if each.ndim == 5 and each.shape[-1] > 1)
    assert kernel.is_contiguous(memory_format=torch.channels_last_3d) and not kernel.is_contiguous()
    seen = []
    training.model.register_forward_hook(lambda module, inputs, logits: seen.append(logits.dtype))
    bare(training, shapes).evaluate()
    assert set(seen) == {torch.bfloat16}


def test_the_table_compares_within_a_round():
    # the machine is twice as slow in round 1: ratios don't show it
    times = {(OURS, 0): 1.0, (BARE, 0): 2.0, (OURS, 1): 2.0, (BARE, 1): 5.0}
    turns = [Turn(name, "train", number, seconds, seconds, 100) for (name, number), seconds in times.items()]
    flops = {name: {"train": 3e9, "evaluate": 1e9, "peak": 10e9} for name in (OURS, BARE)}
    found = Found(turns, flops, "cpu", "contiguous fp32")
    rows = table(found).set_index("contestant")
    assert rows.loc[BARE, "ours is so many times as fast"] == "2.25 (2.00-2.50)"
    assert rows.loc[OURS, "ours is so many times as fast"] == "1.00 (1.00-1.00)"
    assert rows.loc[OURS, "MFU"] == "20 %"  # 3e9 operations in the median 1.5 s, of 10e9 a second


def test_what_our_loop_adds_is_compared_within_a_round():
    times = {(OURS, 0): (1.1, 2.0), (BARE, 0): (1.0, 2.0), (OURS, 1): (5.1, 2.1), (BARE, 1): (5.0, 2.0)}
    turns = [Turn(name, "train", number, *both, 100) for (name, number), both in times.items()]
    assert added(Found(turns, {}, "cpu", "contiguous fp32")) == [
        "our loop adds to the bare loop's training step: 6.0 % (2.0 to 10.0) of time, "
        "2.5 % (0.0 to 5.0) of processor time"
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("r3d_18", "--peer takes PACKAGE:NETWORK with pytorchvideo or torchvision as the package, not 'r3d_18'"),
        ("torchvision:r4d_18", "--peer torchvision:r4d_18: torchvision has no network 'r4d_18'"),
    ],
)
def test_a_peer_that_is_not_there(name, message):
    with pytest.raises(UserError) as error:
        peer(name)
    assert str(error.value).startswith(message)


@torch.no_grad()
def test_peers_take_clips():
    """A network of pictures gives the mean over frames; one of videos stays as it is."""
    pictures, clips = peer("torchvision:squeezenet1_1").eval(), torch.rand(2, 3, 4, 64, 64)
    each = [pictures.network(clips[:, :, frame]) for frame in range(4)]
    torch.testing.assert_close(pictures(clips), torch.stack(each).mean(0))
    assert not isinstance(peer("torchvision:mvit_v2_s"), OfFrames)


def test_a_spec_travels_as_text():
    spec = Spec(BARE, "motion", "i3d_tiny", "quickstart", ("amp=bf16",), 5, 2, ("channels_last", "bf16"))
    assert Spec.from_json(spec.to_json()) == spec


def test_a_profile_names_the_operators_that_take_the_time(tmp_path):
    left, right = torch.rand(2, 400, 400)
    trace = tmp_path / "trace.json"
    # not which is the first: a busy machine may stop any of them
    rows = profiled(lambda steps: [(left @ right).add_(1) for _ in range(steps)], 3, str(trace))
    calls = {row["operator"]: row["calls a step"] for row in rows}
    assert calls["aten::mm"] == calls["aten::add_"] == "1"
    shares = [float(row["share"].removesuffix(" %")) for row in rows]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(100, abs=1)
    names = {each.get("name") for each in json.loads(trace.read_text())["traceEvents"]}
    assert {"aten::mm", "aten::add_"} <= names


@pytest.mark.slow
def test_the_whole_command(tmp_path):
    command = [sys.executable, TOOLS / "benchmark_step.py", "-M", "i3d_tiny", "-E", "quickstart", "--threads", "1"]
    command += ["--set", "clips_per_device=2"]
    ran = subprocess.run([*command, "--rounds", "1", "--steps", "1"], text=True, capture_output=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("training step") == ran.stdout.count("test video") == 4  # the last is what our loop adds
    assert "ours and bare loop: contiguous fp32" in ran.stdout
    profiled = subprocess.run([*command, "--profile", tmp_path / "a trace.json"], text=True, capture_output=True)
    assert profiled.returncode == 0, profiled.stderr
    assert "convolution_backward" in profiled.stdout and (tmp_path / "a trace.json").stat().st_size > 10_000
    ran = subprocess.run([*command, "--peer", "torchvision:none"], text=True, capture_output=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: --peer torchvision:none: torchvision has no network 'none'")
