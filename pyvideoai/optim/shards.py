"""A network in shards (FSDP2's `fully_shard`), and the same network whole: for scores and for checkpoints."""

import sys
from typing import Any

import torch
from torch import nn


def is_sharded(model: nn.Module) -> bool:
    """Return whether parameters of the network lie in parts on several processes."""
    return any(_is_part(parameter) for parameter in model.parameters())


def gathered(tensor: Any) -> Any:
    """Return a tensor whole. All processes must call it if it is one in shards."""
    return tensor.full_tensor() if _is_part(tensor) else tensor


class Shards:
    """Keep the network that trains in shards, and its optimiser's state, whole beside it.

    whole: the network as it was before it was sharded, on every process. It is what is scored, since each forward pass
    of the shards needs all processes, and they have different numbers of videos; and what checkpoints hold, which are
    then those of a network that was never sharded.
    """

    def __init__(self, model: nn.Module, whole: nn.Module, optimiser: torch.optim.Optimizer, *, keeps: bool) -> None:
        self.model, self.whole, self.optimiser, self.keeps = model, whole, optimiser, keeps
        self._moments: dict[Any, Any] = {}

    @torch.no_grad()
    def gather(self) -> None:
        """Bring the whole network, and where it `keeps` it the optimiser's state, up to date with the shards.

        All processes must call it.
        """
        target = self.whole.state_dict()
        for name, value in self.model.state_dict().items():
            target[name].copy_(gathered(value))
        for number, of_parameter in self.optimiser.state_dict()["state"].items():
            values = {name: gathered(value) for name, value in of_parameter.items()}
            if self.keeps:
                self._moments[number] = values

    @torch.no_grad()
    def scatter(self) -> None:
        """Give the shards the values of the whole network."""
        given = self.whole.state_dict()
        for name, value in self.model.state_dict().items():
            value.copy_(_as(given[name], value))

    def scatter_optimiser(self) -> None:
        """Cut the optimiser's state, which was loaded whole, into the shards of its parameters."""
        for parameter, values in self.optimiser.state.items():
            for name, value in values.items():
                if torch.is_tensor(value) and value.shape == parameter.shape:
                    values[name] = _as(value, parameter)

    def optimiser_state(self) -> dict[str, Any]:
        """Return the state dict of the optimiser, its tensors as they were when `gather` was called."""
        return {**self.optimiser.state_dict(), "state": self._moments}


def _is_part(tensor: Any) -> bool:
    # Importing this module of torch takes half a second: a process that shards has it.
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def _as(value: torch.Tensor, like: Any) -> torch.Tensor:
    """Return a whole tensor in the shards of another one; itself if that has none."""
    if not _is_part(like):
        return value
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(value.to(like.device), like.device_mesh, like.placements)
