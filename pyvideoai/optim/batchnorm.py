"""The setting `bn` (which clips batch norm averages over, or none), and precise batch norm."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pyvideoai.errors import UserError, counted
from pyvideoai.optim.freezing import eval_frozen
from pyvideoai.processes import Processes


def convert(model: nn.Module, bn: str, processes: Processes) -> nn.Module:
    """Apply the setting `bn`: 'sync' shares batch statistics among processes, 'frozen' also stops training
    scale and shift.
    """
    if bn == "sync" and processes.world > 1:
        if processes.device.type != "cuda":
            raise UserError(f"bn = 'sync' needs GPUs, and these processes are on {processes.device}; set bn = 'device'")
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)
    if bn == "frozen":
        for layer in _layers(model):
            layer.requires_grad_(False)
    return model


def train_mode(model: nn.Module, bn: str) -> None:
    """Call `model.train()`, but let frozen batch norm and frozen parts keep using their running statistics."""
    model.train()
    eval_frozen(model)
    if bn == "frozen":
        for layer in _layers(model):
            layer.eval()


def average_statistics(model: nn.Module, processes: Processes) -> None:
    """Replace running statistics by their mean over all processes, so that all evaluate and save one model."""
    if processes.world == 1:
        return
    # The mean of variances leaves out how far the processes' means lie apart: little, since each is itself a mean over
    # many random batches. Buffers of whole numbers, such as num_batches_tracked, are the same everywhere.
    for buffer in model.buffers():
        if torch.is_floating_point(buffer):
            dist.all_reduce(buffer)
            buffer /= processes.world


@contextmanager
def population_statistics(model: nn.Module, processes: Processes) -> Iterator[None]:
    """Compute precise batch norm: replace running mean and variance by those over all inputs seen inside the block.

    Inside the block, run forward passes in training mode. Afterwards each layer has the mean and the (biased) variance
    over all of its inputs, on all processes, and not a moving average over batches: Wu and Johnson 2021
    (arXiv:2105.07576), as fvcore's update_bn_stats does. Sums are float64. Frozen layers keep their statistics; after
    an error inside the block, all layers do.
    """
    layers = [layer for layer in _layers(model) if layer.training and layer.track_running_stats]
    collectors = [_Moments(layer, processes) for layer in layers]
    with ExitStack() as inside:
        for each in collectors:
            inside.enter_context(each.collecting())
        yield
    for each in collectors:
        each.write()


class _Moments:
    """Sum up count, mean and mean square of the inputs of one batch norm layer; each batch is weighted by its count."""

    def __init__(self, layer: _BatchNorm, processes: Processes) -> None:
        self.layer, self.processes = layer, processes
        self.shared_by = processes.world if isinstance(layer, nn.SyncBatchNorm) else 1
        self.sums = torch.zeros(3, layer.num_features, dtype=torch.float64, device=_running(layer)[0].device)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect inside the block; afterwards restore the layer's momentum and running statistics."""
        momentum, buffers = self.layer.momentum, {name: each.clone() for name, each in self.layer.named_buffers()}
        hook = self.layer.register_forward_hook(self._add)
        # With a momentum of 1, the running statistics after a forward pass are exactly those of its batch: torch
        # computes them, and we need not repeat its arithmetic for every kind of batch norm.
        self.layer.momentum = 1.0
        try:
            yield
        finally:
            hook.remove()
            self.layer.momentum = momentum
            self.layer.load_state_dict(buffers, strict=False)

    def _add(self, layer: _BatchNorm, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        # Elements per channel: batch x time x space. SyncBatchNorm's statistics cover all processes' elements, so each
        # process adds the same sums, and the common factor `world` cancels in `write`.
        count = inputs[0].numel() // inputs[0].shape[1] * self.shared_by
        mean, variance = (each.double() for each in _running(layer))
        # torch stores the unbiased variance (divided by n - 1); * (n - 1) / n makes it the biased one, which
        # normalises.
        variance = variance * (count - 1) / count
        # E[x^2] = variance + mean^2: mean squares of batches add up, variances don't.
        self.sums += count * torch.stack([torch.ones_like(mean), mean, variance + mean.square()])

    def write(self) -> None:
        count, mean, square = self.processes.sum(self.sums)
        mean, square = mean / count, square / count
        running_mean, running_variance = _running(self.layer)
        running_mean.copy_(mean)
        # Rounding can leave a channel that is constant with a variance slightly below zero.
        running_variance.copy_((square - mean.square()).clamp(min=0))


def _running(layer: _BatchNorm) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the running mean and variance of a layer that has them."""
    assert layer.running_mean is not None and layer.running_var is not None
    return layer.running_mean, layer.running_var


def normalises_by_batch(model: nn.Module) -> bool:
    """Return whether a network in training mode has batch norm that looks at the batch: one that is not frozen."""
    return any(layer.training or layer.running_mean is None for layer in _layers(model))


def describe(model: nn.Module, bn: str, clips: int, processes: Processes, *, precise: int = 0) -> str:
    """Return the console line about batch norm. precise: the number of steps that precise batch norm looks at,
    0 for none.
    """
    if not _layers(model):
        return "no batch norm"
    seen = {
        "device": f"sees {counted(clips, 'clip')}",
        "frozen": "is frozen",
        "sync": f"sees {counted(clips * processes.world, 'clip')} of {counted(processes.world, 'process')}",
    }
    measured = f"; after each epoch its statistics are measured over {counted(precise, 'step')}"
    return f"batch norm {seen[bn]}{measured if precise and bn != 'frozen' else ''}"


def _layers(model: nn.Module) -> list[_BatchNorm]:
    return [layer for layer in model.modules() if isinstance(layer, _BatchNorm)]
