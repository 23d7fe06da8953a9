"""Two processes accept what one accepts."""

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from tiny_runs import build, in_two_processes, straight
from torch import nn

from pyvideoai.engine.setup import distributed
from pyvideoai.errors import UserError
from pyvideoai.experiment import new_version
from pyvideoai.optim.batchnorm import convert
from pyvideoai.processes import Processes

MODEL = '''"""A network with a parameter that nothing uses."""

import torch
from torch import nn

from pyvideoai.models.normalise import Normalise

clip = (2, 1)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))


class WithUnused(nn.Sequential):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.unused = nn.Parameter(torch.ones(3))


def load_model(num_classes):
    return WithUnused(nn.Flatten(), nn.Linear(3 * 2 * 8 * 8, num_classes))
'''
EXPERIMENT = '''"""Weight decay, which an unused parameter doesn't get either."""

import torch

from pyvideoai.config import inherit

inherit("brief", num_epochs=1)


def optimiser(model):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9, weight_decay=0.1)
'''


def test_a_parameter_that_nothing_uses(tiny: Path):
    Path("model_configs/linear.py").write_text(MODEL)
    Path("exp_configs/decaying.py").write_text(EXPERIMENT)
    one, two = straight(tiny / "one", "decaying"), in_two_processes(tiny / "two", [], "decaying")
    for outcome in (one, two):
        assert outcome["model"]["unused"].equal(torch.ones(3))
    torch.testing.assert_close(two["model"], one["model"], rtol=1e-4, atol=1e-5)
    assert two["history"][0]["train/loss"] == pytest.approx(one["history"][0]["train/loss"], rel=1e-4)


def test_batch_norm_over_processes_without_gpus_is_refused():
    with pytest.raises(UserError, match="bn = 'sync' needs GPUs, and these processes are on cpu; set bn = 'device'"):
        convert(nn.BatchNorm3d(2), "sync", Processes(0, 2, 2, torch.device("cpu")))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_nccl_with_one_process(tiny: Path):
    """A group of one exchanges with itself: its gradients, sums and objects are those of a run without a group."""
    gpu = torch.device("cuda:0")
    torch.cuda.set_device(gpu)
    plain, exchanging = (build(new_version(tiny / str(number)), processes=Processes(0, 1, 1, gpu)) for number in (1, 2))
    plain.train_epoch(1)
    dist.init_process_group("nccl", init_method=f"file://{tiny}/store", rank=0, world_size=1)
    try:
        one_of_many = Processes(0, 2, 2, gpu)  # so that nothing is left out
        shared = nn.SyncBatchNorm.convert_sync_batchnorm(exchanging.model)
        exchanging.network = distributed(shared, one_of_many, accumulation=1)
        exchanging.train_epoch(1)
        assert one_of_many.sum(torch.tensor([1.0, 2.0])).tolist() == [1.0, 2.0]
        assert one_of_many.from_main(lambda: {"classes": ["dark", "light"]}) == {"classes": ["dark", "light"]}
    finally:
        dist.destroy_process_group()
    for one, other in zip(plain.model.parameters(), exchanging.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
