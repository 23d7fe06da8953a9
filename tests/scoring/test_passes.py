"""Evaluation where memory runs out: fewer clips at a time, the same scores, one line that says so."""

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


def scored(network: nn.Module, said: list[str], clips: torch.Tensor, at_once: int) -> torch.Tensor:
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
