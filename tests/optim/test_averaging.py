"""The mean of state dicts."""

import pytest
import torch

from pyvideoai.optim.averaging import average


def test_floating_point_is_averaged_and_counters_are_the_last_ones():
    states = [
        {"w": torch.full((2, 3), value), "n": torch.tensor(count)} for value, count in ((1.0, 5), (2.0, 6), (6.0, 9))
    ]
    found = average(iter(states))
    assert torch.equal(found["w"], torch.full((2, 3), 3.0)) and found["n"] == 9 and found["n"].dtype == torch.int64


def test_sums_are_exact_and_the_type_stays():
    states = [{"w": torch.tensor([value], dtype=torch.float16)} for value in (60000.0, 60000.0, 1.0)]
    found = average(states)["w"]
    assert found.dtype == torch.float16 and found.item() == pytest.approx(40000, rel=1e-3)  # 120001 is no float16


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
