"""Averages of a network's weights: over several checkpoints (Izmailov et al., UAI 2018), and over all steps."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn


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


class Ema:
    """Hold an exponential moving average of a network's parameters and buffers, one step of training after another.

    decay: how much of the average a step keeps, at most. In the first steps it is (1 + n) / (10 + n) after n steps, so
    that the initial weights are soon forgotten (TensorFlow's ExponentialMovingAverage with `num_updates`).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model)
        self.decay, self.updates = decay, 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards `model`; whole numbers, such as batch norm's counters, are copied."""
        keep = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        given = model.state_dict()
        for name, mean in self.model.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(given[name], 1 - keep)
            else:
                mean.copy_(given[name])

    def state_dict(self) -> dict[str, Any]:
        """Return what the averaged network itself doesn't hold."""
        return {"updates": self.updates}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a saved state."""
        self.updates = int(state["updates"])
