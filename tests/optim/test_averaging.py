"""Means of weights: of several states, and over the steps of a training."""

import copy

import pytest
import torch
from torch import nn

from pyvideoai.optim.averaging import Ema, average


def test_floating_point_is_averaged_and_counters_are_the_last_ones():
    states = [
        {"w": torch.full((2, 3), value), "n": torch.tensor(count)} for value, count in ((1.0, 5), (2.0, 6), (6.0, 9))
    ]
    found = average(iter(states))
    assert torch.equal(found["w"], torch.full((2, 3), 3.0)) and found["n"] == 9 and found["n"].dtype == torch.int64


def test_sums_are_exact_and_the_type_stays():
    states = [{"w": torch.tensor([value], dtype=torch.float16)} for value in (60000.0, 60000.0, 1.0)]
    found = average(states)["w"]
    assert found.dtype == torch.float16 and found.item() == pytest.approx(40000, rel=1e-3)  # float16 ends at 65504


def test_the_states_stay_as_they_are():
    first = {"w": torch.ones(2, dtype=torch.float64)}
    average([first, {"w": torch.zeros(2, dtype=torch.float64)}])
    assert torch.equal(first["w"], torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize("other", [{"w": torch.zeros(3)}, {"v": torch.zeros(2)}, {}])
def test_other_networks_and_none_are_errors(other):
    with pytest.raises(ValueError, match="different parameters or buffers"):
        average([{"w": torch.zeros(2)}, other])
    with pytest.raises(ValueError, match="nothing to average"):
        average([])


def constant(value: float) -> nn.Module:
    model = nn.BatchNorm1d(2)
    for each in (*model.parameters(), model.running_mean, model.running_var):
        nn.init.constant_(each.data, value)
    return model


def test_an_average_over_steps_forgets_the_start_soon_and_then_keeps_its_decay():
    ema, model = Ema(constant(0.0), 0.5), constant(1.0)
    expected = 0.0
    for step, keep in enumerate((1 / 10, 2 / 11, 3 / 12, 4 / 13, 5 / 14, 6 / 15, 7 / 16, 8 / 17, 0.5, 0.5)):
        model.num_batches_tracked.fill_(step)
        ema.update(model)
        expected = keep * expected + (1 - keep)
        for name, mean in ema.model.state_dict().items():
            wanted = step if name.endswith("tracked") else pytest.approx(expected, rel=1e-6)
            assert mean.reshape(-1)[-1].item() == wanted
    assert ema.state_dict() == {"updates": 10}


def test_a_saved_average_goes_on_as_if_it_had_not_been():
    ema = Ema(constant(0.0), 0.9)
    ema.update(constant(1.0))
    other = Ema(copy.deepcopy(ema.model), 0.9)
    other.load_state_dict(ema.state_dict())
    for each in (ema, other):
        each.update(constant(5.0))
    assert all(torch.equal(a, b) for a, b in zip(ema.model.parameters(), other.model.parameters(), strict=True))


def test_the_network_itself_is_left_alone_and_still_trains():
    model = constant(1.0)
    ema = Ema(model, 0.9)
    ema.update(constant(3.0))
    assert torch.equal(model.weight, torch.ones(2)) and model.weight.requires_grad
