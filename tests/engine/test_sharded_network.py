"""A network that `wrap_model` shards (FSDP2) trains, resumes and is saved as a whole one."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from endurance.made import assert_same
from tiny_runs import at, build, in_two_processes, outcome

from pyvideoai.engine.sharding import check_shards
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder

SHARDED = '''"""Shards."""

import torch

from pyvideoai.config import inherit

inherit("brief", precise_bn=2, clips_per_device=1, clip_grad_norm=1.0)


def wrap_model(model):
    if torch.distributed.is_initialized():
        from torch.distributed.fsdp import fully_shard

        fully_shard(model[0])
        fully_shard(model)
    return model
'''
STOPS = [at(1, 3, stage="measured"), at(2, 1)]  # in validation, for which the processes have 2 videos and 1


@pytest.fixture
def sharded(tiny: Path) -> Path:
    """The current directory, with an experiment that shards the network, and one that doesn't."""
    model = Path("model_configs/linear.py")
    model.write_text(model.read_text().replace("nn.Dropout(0.3)", "nn.Dropout(0.0)"))
    Path("exp_configs/sharded.py").write_text(SHARDED)
    Path("exp_configs/whole.py").write_text(SHARDED.partition("def wrap_model")[0].rstrip() + "\n")
    return tiny


@pytest.mark.slow
def test_a_network_in_shards_is_the_whole_one_also_after_being_stopped(sharded: Path):
    shards = in_two_processes(sharded / "shards", [], "sharded")
    assert_same(in_two_processes(sharded / "stopped", STOPS, "sharded"), shards)
    whole = in_two_processes(sharded / "whole", [], "whole")
    for name, value in whole["model"].items():
        torch.testing.assert_close(shards["model"][name], value, rtol=1e-4, atol=1e-6)
    for ours, theirs in zip(shards["history"], whole["history"], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)
    # one process takes over where two with shards have ended
    folder = ExperimentFolder(next((sharded / "shards").glob("version_*")))
    training = build(folder, "sharded", "num_epochs=4", resumed=True)
    assert training.progress.epoch == 3 and training.shards is None
    training.fit()
    assert len(outcome(training)["history"]) == 4


USUAL = {"ema_decay": None, "bn": "device", "amp": "bf16", "compile": False, "memory_format": "auto"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"ema_decay": 0.9}, "can't be trained with ema_decay"),
        ({"compile": True}, "can't be trained with compile"),
        ({"bn": "sync", "amp": "fp16"}, r"with bn = 'sync' and amp = 'fp16' \(bf16 needs no scaler\)"),
    ],
)
def test_what_shards_cannot_do_is_refused(asked, told):
    config, network = SimpleNamespace(exp=SimpleNamespace(**(USUAL | asked))), torch.nn.Linear(2, 2)
    with pytest.raises(UserError, match=told):
        check_shards(config, network, network)


def test_a_hook_that_shards_must_leave_the_names_of_the_parameters():
    hook = SimpleNamespace(refused=lambda value, wanted: UserError(wanted))
    config, network = SimpleNamespace(exp=SimpleNamespace(**USUAL, wrap_model=hook)), torch.nn.Linear(2, 2)
    with pytest.raises(UserError, match=r"the network that it was given, sharded \(FSDP2\) and otherwise unchanged"):
        check_shards(config, torch.nn.Sequential(network), network)
