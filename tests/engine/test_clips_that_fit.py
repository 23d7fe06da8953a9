"""`clips_per_device` = "auto": as many clips as memory takes, where their number isn't part of the recipe."""

from dataclasses import dataclass, field

import pandas as pd
import pytest
import torch
from torch import nn

from pyvideoai.config.load import Config, load
from pyvideoai.data.splits import Splits
from pyvideoai.engine import clips_that_fit
from pyvideoai.engine.checks import check_experiment
from pyvideoai.engine.clips_that_fit import largest, possible_sizes, settle_clips
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.training import Training
from pyvideoai.errors import UserError
from pyvideoai.models.i3d import I3D
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.unpack import task_in

CPU = torch.device("cpu")
FROZEN = ("clips_per_device=auto", "bn=frozen", "model.size=16")


def _config(*overrides: str) -> Config:
    return load(CONTRACTS, "motion", "i3d_tiny", "quickstart", overrides)


def _build(*overrides: str) -> Training:
    config = _config(*overrides)
    table = pd.DataFrame({"video": [f"{number}.mp4" for number in range(16)], "label": [0, 1] * 8})
    splits = Splits(["left", "right"], table, table, None, task=task_in(config))
    return build_training(config, splits, Processes(0, 1, 1, CPU), None, Reporter(None, enabled=False))


@pytest.fixture
def memory(monkeypatch):
    """memory(most): let memory run out above so many clips of a training pass; return the sizes that were tried."""

    def hold(most: int) -> list[int]:
        tried, forward = [], I3D.forward

        def limited(network: nn.Module, clips: torch.Tensor) -> torch.Tensor:
            tried.append(len(clips))
            if len(clips) > most:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return forward(network, clips)

        monkeypatch.setattr(I3D, "forward", limited)
        return tried

    return hold


def test_sizes_make_up_a_step():
    assert possible_sizes(12) == [1, 2, 3, 4, 6, 12]
    assert possible_sizes(12, clips_per_video=2) == [2, 4, 6, 12]
    assert possible_sizes(12, least=2) == [2, 3, 4, 6, 12]
    assert possible_sizes(3, clips_per_video=2) == [3]


@pytest.mark.parametrize("most", [0, 1, 2, 3, 7, 31, 32, 99])
def test_the_largest_size_is_found_in_a_few_trials(most):
    tried, sizes = [], possible_sizes(32)
    found = largest(sizes, lambda size: tried.append(size) or size <= most)
    assert found == max((size for size in sizes if size <= most), default=None)
    assert len(tried) <= 3


@pytest.mark.parametrize(("most", "found"), [(1, 1), (5, 4), (16, 16)])
def test_accumulation_makes_up_what_memory_does_not_hold(memory, most, found):
    memory(most)
    loader = _build(*FROZEN).train_loader
    assert (loader.clips_per_device, loader.order.accumulation) == (found, 16 // found)


def test_a_trial_leaves_no_trace(memory):
    memory(4)
    found, given = _build(*FROZEN), _build(*FROZEN[1:], "clips_per_device=4")
    states = found.model.state_dict(), given.model.state_dict()
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    assert all(parameter.grad is None for parameter in found.model.parameters())
    assert not found.optimiser.state and found.train_loader.clips_per_device == 4


def test_a_trial_is_two_whole_steps_of_no_more_than_a_few_clips_on_a_cpu(memory, monkeypatch):
    tried, steps = memory(16), list[int]()
    monkeypatch.setattr(clips_that_fit, "few", lambda view_bytes: 3)
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda optimiser: steps.append(len(tried)))
    assert _build(*FROZEN).train_loader.clips_per_device == 2
    assert (tried, steps) == ([2, 2], [1, 2])


def test_memory_may_run_out_within_the_optimisers_step(memory, monkeypatch):
    tried, whole = memory(16), torch.optim.AdamW.step

    def step(optimiser: torch.optim.Optimizer) -> None:
        if tried[-1] > 2:
            for parameter in optimiser.param_groups[0]["params"]:
                optimiser.state[parameter]["step"] = torch.zeros(())
            raise torch.OutOfMemoryError("CUDA out of memory")
        whole(optimiser)

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    assert _build(*FROZEN).train_loader.clips_per_device == 2 and tried == [4, 2, 2]


def test_nothing_that_fits_is_an_error(memory):
    memory(0)
    with pytest.raises(UserError, match="memory runs out with 1 clip of 8 x 16 x 16 in a forward pass: take a smaller"):
        _build(*FROZEN)


def test_a_mix_has_two_clips_to_mix(tmp_path, monkeypatch, memory):
    (tmp_path / "exp_configs").mkdir()
    (tmp_path / "exp_configs" / "mixed.py").write_text(
        "from pyvideoai.config import inherit\nfrom pyvideoai.data import Mixup\n\ninherit('quickstart', mix=Mixup())\n"
    )
    monkeypatch.chdir(tmp_path)
    tried = memory(1)
    config = load(CONTRACTS, "motion", "i3d_tiny", "mixed", FROZEN)
    with pytest.raises(UserError, match="memory runs out with 2 clips"):
        settle_clips(config, config.model.load_model(2), "none", 2, Processes(0, 1, 1, CPU), None, print)
    assert min(tried) == 2


@pytest.mark.parametrize("bn", ["device", "sync"])
def test_refused_where_batch_norm_trains(bn):
    with pytest.raises(UserError, match="batch norm trains on the clips of a forward pass, so that their number is pa"):
        _build("clips_per_device=auto", f"bn={bn}")


def test_frozen_parts_may_have_batch_norm(memory):
    memory(2)
    assert _build(FROZEN[0], FROZEN[2], "freeze=backbone", "fixed_views=2").train_loader.clips_per_device == 2


def test_a_probes_backbone_is_in_evaluation_mode_though_its_batch_norm_has_nothing_to_freeze():
    layers = nn.Conv3d(3, 4, 3), nn.BatchNorm3d(4, affine=False), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, 2)
    network = nn.Sequential(*layers)
    network[0].requires_grad_(False)
    config = _config(FROZEN[0], FROZEN[2], "freeze=backbone", "fixed_views=2")
    assert settle_clips(config, network, "none", 2, Processes(0, 1, 1, CPU), None, print) == 16


def test_refused_where_results_must_be_repeatable():
    with pytest.raises(UserError, match="depends on free memory, which deterministic = True rules out"):
        check_experiment(_config(*FROZEN, "deterministic=True"), 1)


def test_a_step_must_be_shared_evenly():
    with pytest.raises(UserError, match="global_batch = 16 can't be shared evenly by 3 processes"):
        check_experiment(_config(*FROZEN), 3)


@dataclass(frozen=True)
class BesideASmallerOne(Processes):
    """One of two processes; the other one's memory runs out above `most` clips."""

    most: int = 2
    tried: list[int] = field(default_factory=list)

    def any(self, flag: bool) -> bool:
        return flag or self.tried[-1] > self.most


def test_all_processes_take_the_smallest(memory):
    config, said = _config(*FROZEN), list[str]()
    processes = BesideASmallerOne(0, 2, 2, CPU, most=2, tried=memory(99))
    found = settle_clips(config, config.model.load_model(2), "none", 2, processes, None, said.append)
    assert (found, said) == (2, ["2 of 8 clips in a forward pass (clips_per_device = 'auto'): memory runs out with 4"])


def test_a_gpu_keeps_a_tenth_of_its_memory_free(monkeypatch):
    config, tried, said = _config(*FROZEN), list[int](), list[str]()
    monkeypatch.setattr(clips_that_fit, "_step", lambda *given: tried.append)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (100 - 10 * tried[-1], 100))
    for name in ("empty_cache", "reset_peak_memory_stats"):
        monkeypatch.setattr(torch.cuda, name, lambda *given: None)
    gpu = Processes(0, 1, 1, torch.device("cuda"))
    assert settle_clips(config, nn.Identity(), "none", 2, gpu, None, said.append) == 8
    assert said[0].endswith("memory runs out with 16")
