"""Averages of a network's weights over several points of its training (Izmailov et al., UAI 2018)."""

from collections.abc import Iterable, Mapping

from torch import Tensor


def average(states: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of state dicts, tensor by tensor: summed in float64, rounded once to the tensors' own type.

    Whole numbers, such as batch norm's counters, are those of the last state. Only two states are held at a time.
    Raises ValueError if names or shapes differ, or without a state.
    """
    each_state = iter(states)
    last = next(each_state, None)
    if last is None:
        raise ValueError("nothing to average")
    sums, count = {name: tensor.double() for name, tensor in last.items()}, 1
    for last in each_state:
        if {name: tensor.shape for name, tensor in last.items()} != {name: each.shape for name, each in sums.items()}:
            raise ValueError("the networks have different parameters or buffers")
        sums = {name: each + last[name] for name, each in sums.items()}
        count += 1
    return {
        name: (sums[name] / count).to(tensor.dtype) if tensor.is_floating_point() else tensor
        for name, tensor in last.items()
    }
