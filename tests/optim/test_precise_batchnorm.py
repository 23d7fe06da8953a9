"""Precise batch norm: the statistics of everything that a layer sees, and nothing else is touched."""

import copy

import pytest
import torch
from torch import nn

from pyvideoai.optim import batchnorm
from pyvideoai.processes import Processes

ONE = Processes(0, 1, 1, torch.device("cpu"))
NORMS = (1, 4)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(3, 4, 1), nn.BatchNorm3d(4), nn.ReLU(), nn.Conv3d(4, 5, 1), nn.BatchNorm3d(5))


def batches(*sizes: int) -> list[torch.Tensor]:
    """Clips in batches of these sizes, each at another scale, so that batches differ more than what is in them."""
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(size, 3, 2, 3, 3, generator=generator) * 3**place for place, size in enumerate(sizes)]


def measure(model: nn.Module, clips: list[torch.Tensor], processes: Processes = ONE) -> nn.Module:
    with torch.no_grad(), batchnorm.population_statistics(model, processes):
        for each in clips:
            model(each)
    return model


def values_seen(model: nn.Module, place: int, clips: list[torch.Tensor]) -> torch.Tensor:
    """float64 (channels, values): all that the layer sees in training mode."""
    inputs = []
    model[place].register_forward_pre_hook(lambda _, given: inputs.append(given[0].double()))
    for each in clips:
        model(each)
    return torch.cat([each.transpose(0, 1).flatten(1) for each in inputs], dim=1).detach()


@pytest.mark.parametrize("place", NORMS)
def test_the_statistics_are_those_of_all_values_together(place):
    clips = batches(2, 2, 5)  # the last is larger
    layer, values = measure(network(), clips)[place], values_seen(network(), place, clips)
    assert values.shape[1] == 9 * 18
    torch.testing.assert_close(layer.running_mean.double(), values.mean(1), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(layer.running_var.double(), values.var(1, unbiased=False), rtol=1e-5, atol=0)


def test_what_was_there_before_does_not_matter_and_nothing_else_changes():
    fresh, used = network(), network()
    for each in batches(4, 4):
        used(each)
    before = copy.deepcopy(used.state_dict())
    measure(used, batches(2, 2))
    measure(fresh, batches(2, 2))
    for name, value in used.state_dict().items():
        is_statistic = "running" in name
        assert torch.equal(value, (fresh.state_dict() if is_statistic else before)[name]), name
    assert [used[place].momentum for place in NORMS] == [0.1, 0.1]
    assert not used[1]._forward_hooks


def test_an_error_inside_leaves_the_statistics_as_they_were():
    model = network()
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(KeyboardInterrupt), batchnorm.population_statistics(model, ONE):
        model(batches(2)[0])
        raise KeyboardInterrupt
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model[1].momentum == 0.1


def test_layers_that_do_not_train_keep_what_they_have():
    model = network()
    model[1].eval()
    before = model[1].running_mean.clone()
    measure(model, batches(2, 2))
    assert torch.equal(model[1].running_mean, before)
    assert not torch.equal(model[4].running_mean, torch.zeros(5))


class Other(Processes):
    """Two processes, of which the other's sums are known."""

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        noted.append(values.clone())
        return values + known.pop(0) if known else values


noted: list[torch.Tensor] = []
known: list[torch.Tensor] = []


def test_two_processes_get_the_statistics_of_all_clips(monkeypatch):
    clips = batches(2, 2, 3, 1)
    two = Other(0, 2, 2, torch.device("cpu"))
    monkeypatch.setitem(globals(), "noted", [])
    measure(network(), clips[1::2], two)
    monkeypatch.setitem(globals(), "known", list(noted))
    shared, alone = measure(network(), clips[::2], two), measure(network(), clips)
    for place in NORMS:
        torch.testing.assert_close(shared[place].running_mean, alone[place].running_mean)
        torch.testing.assert_close(shared[place].running_var, alone[place].running_var)
