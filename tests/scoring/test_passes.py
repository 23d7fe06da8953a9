"""Evaluation where memory runs out: fewer clips at a time, the same scores, one line that says so."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import nn

from pyvideoai.scoring.passes import Passes
from pyvideoai.scoring.trained import TrainedModel
from pyvideoai.tasks import SingleLabel

CPU = torch.device("cpu")
TOO_LITTLE = [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]


class Large(nn.Module):
    """A network for which memory runs out above `fits` clips."""

    def __init__(self, fits: int, error: Exception = TOO_LITTLE[0]) -> None:
        super().__init__()
        self.fits, self.error, self.passes = fits, error, list[int]()

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        self.passes.append(len(inputs))
        if len(inputs) > self.fits:
            raise self.error
        return inputs.flatten(1)[:, :3]


def scored(network: nn.Module, said: list[str], clips: torch.Tensor, at_once: int | None) -> torch.Tensor:
    model = TrainedModel(network, nn.Identity(), CPU, SingleLabel(), passes=Passes(said.append))
    first = model.logits(clips, at_once)
    assert torch.equal(first, model.logits(clips, at_once))
    return first


@pytest.mark.parametrize("error", TOO_LITTLE, ids=["gpu", "cpu"])
def test_half_as_many_clips_are_tried_and_remembered(error):
    clips, said, network = torch.rand(2, 5, 4), list[str](), Large(3, error)
    assert torch.equal(scored(network, said, clips, 8), clips[..., :3])
    # 8 and 4 of the 10 fail; then 2 at a time, also for the second batch.
    assert network.passes == [8, 4, *[2] * 5, *[2] * 5]
    assert [line.split("; ")[0] for line in said] == [
        "memory ran out with 8 clips in a forward pass",
        "memory ran out with 4 clips in a forward pass",
    ]
    assert said[-1].endswith("goes on with 2 (--set eval_clips_per_device=2 begins so)")


def test_a_single_clip_that_does_not_fit_is_an_error():
    with pytest.raises(torch.OutOfMemoryError):
        scored(Large(0), [], torch.rand(1, 4, 4), 4)


def test_other_errors_are_not_tried_again():
    network = Large(1, ValueError("a mistake"))
    with pytest.raises(ValueError, match="a mistake"):
        scored(network, [], torch.rand(1, 4, 4), 4)
    assert network.passes == [4]


@pytest.mark.parametrize(("view", "at_once"), [((8, 200, 200, 3), 4), ((16, 224, 224, 3), 2), ((4, 16, 16, 3), 1302)])
def test_auto_on_a_cpu_is_a_few_views_by_their_pixels(view, at_once):
    said, network = list[str](), Large(10_000)
    clips = torch.zeros(1, *view, dtype=torch.uint8).expand(at_once + 1, *view)
    passes = Passes(said.append)
    for _ in range(2):
        assert len(passes.run(network, clips, None)) == at_once + 1
    assert network.passes == [at_once, 1] * 2
    shape = " x ".join(map(str, view[:3]))
    assert said == [
        f"evaluation: {at_once:,} views of {shape} in a forward pass: a larger one saves no time on this device "
        "(eval_clips_per_device = 'auto')"
    ]


def test_auto_gives_the_scores_of_any_number():
    clips, said = torch.rand(3, 5, 2, 2, 2, 3), list[str]()
    assert torch.equal(scored(Large(15), said, clips, None), scored(Large(15), said, clips, 1))


def test_auto_knows_clips_by_their_shape():
    network, passes = Large(10_000), Passes(lambda line: None)
    for side, at_once in ((200, 4), (400, 2), (200, 4)):
        passes.run(network, torch.zeros(4, 8, side, side, 3, dtype=torch.uint8), None)
        assert network.passes[-1] == at_once


def test_auto_has_the_halving_under_it():
    said, network = list[str](), Large(3)
    Passes(said.append).run(network, torch.rand(8, 2, 2, 2, 3), None)
    assert network.passes == [8, 4, 2, 2, 2, 2] and len(said) == 3


class Gpu:
    """Count the bytes of a GPU as torch does: `fixed` for a pass, and `each` for each of its views."""

    def __init__(self, monkeypatch, *, fixed: int, each: int, free: int, kept: int = 0) -> None:
        self.fixed, self.each, self.peak, self.passes = fixed, each, 0, list[int]()
        for name, value in {
            "memory_allocated": lambda device: 1000,
            "reset_peak_memory_stats": lambda device: setattr(self, "peak", 1000),
            "max_memory_allocated": lambda device: self.peak,
            "memory_reserved": lambda device: 1000 + kept,
            "mem_get_info": lambda device: (free, 10**12),
        }.items():
            monkeypatch.setattr(torch.cuda, name, value)

    def __call__(self, views: torch.Tensor) -> torch.Tensor:
        self.passes.append(len(views))
        self.peak = max(self.peak, 1000 + self.fixed + self.each * len(views))
        return views.flatten(1)


@pytest.mark.parametrize(
    ("fixed", "each", "free", "kept", "at_once"),
    [
        (500, 100, 2000, 0, 11),  # (0.8 x 2000 - 500) / 100
        (500, 100, 1500, 500, 11),  # what torch keeps is free as well
        (0, 100, 2000, 0, 16),
        (2000, 100, 2000, 0, 1),
        (800, 0, 2000, 0, 2),  # each counts as a whole pass
    ],
)
def test_auto_on_a_gpu_is_what_its_free_memory_holds(monkeypatch, fixed, each, free, kept, at_once):
    gpu, said = Gpu(monkeypatch, fixed=fixed, each=each, free=free, kept=kept), list[str]()
    clips = torch.rand(20, 2, 4, 4, 3)
    assert torch.equal(Passes(said.append).run(gpu, clips, None, torch.device("cuda")), clips.flatten(1))
    assert gpu.passes[:5] == [1, 1, 2, 2, at_once] and sum(gpu.passes[4:]) == 20
    assert said[0].startswith(f"evaluation: up to {at_once} view") and " of 2 x 4 x 4 in a forward pass" in said[0]


def test_auto_on_a_gpu_that_holds_a_single_view(monkeypatch):
    gpu, said = Gpu(monkeypatch, fixed=0, each=1, free=10), list[str]()
    little = Large(1)
    Passes(said.append).run(lambda views: little(gpu(views)), torch.rand(3, 2, 4, 4, 3), None, torch.device("cuda"))
    assert little.passes[-3:] == [1, 1, 1] and "memory ran out with two" in said[0]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_compiled_network_is_measured_as_it_stands(monkeypatch, compiled):
    gpu, stances = Gpu(monkeypatch, fixed=0, each=1, free=100), list[str]()

    @contextmanager
    def set_stance(stance: str) -> Iterator[None]:
        stances.append(stance)
        before = len(gpu.passes)
        yield
        stances.append(f"{len(gpu.passes) - before} passes")

    monkeypatch.setattr(torch.compiler, "set_stance", set_stance)
    Passes(lambda line: None).run(gpu, torch.rand(3, 2, 4, 4, 3), None, torch.device("cuda"), compiled=compiled)
    assert stances == (["force_eager", "4 passes"] if compiled else [])
