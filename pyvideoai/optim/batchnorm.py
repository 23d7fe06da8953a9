"""What batch norm sees: this process's clips, everybody's, or nothing any more; and precise batch norm."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pyvideoai.optim.freezing import eval_frozen
from pyvideoai.processes import Processes


def convert(model: nn.Module, bn: str, processes: Processes) -> nn.Module:
    """Apply the setting `bn`: 'sync' shares batch statistics, 'frozen' stops training scale and shift as well."""
    if bn == "sync" and processes.world > 1:
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)
    if bn == "frozen":
        for layer in _layers(model):
            layer.requires_grad_(False)
    return model


def train_mode(model: nn.Module, bn: str) -> None:
    """`model.train()`, in which frozen batch norm and frozen parts keep using their running statistics."""
    model.train()
    eval_frozen(model)
    if bn == "frozen":
        for layer in _layers(model):
            layer.eval()


def average_statistics(model: nn.Module, processes: Processes) -> None:
    """Give every process the mean of all processes' running statistics, so that all evaluate and save one model."""
    if processes.world == 1:
        return
    for buffer in model.buffers():
        if torch.is_floating_point(buffer):
            dist.all_reduce(buffer)
            buffer /= processes.world


@contextmanager
def population_statistics(model: nn.Module, processes: Processes) -> Iterator[None]:
    """Precise batch norm: running mean and variance become those of all that the layers see inside, on all processes.

    Inside, run forward passes in training mode. Each layer then holds the mean and the (biased) variance over all of
    its inputs together, not a moving average of batches: Wu and Johnson 2021 (arXiv:2105.07576), the way of fvcore's
    update_bn_stats. Sums are float64. Frozen layers keep what they have; an error inside leaves all as they were.
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
    """Count, mean and mean square of what one batch norm sees, weighted by the count."""

    def __init__(self, layer: _BatchNorm, processes: Processes) -> None:
        self.layer, self.processes = layer, processes
        self.shared_by = processes.world if isinstance(layer, nn.SyncBatchNorm) else 1
        self.sums = torch.zeros(3, layer.num_features, dtype=torch.float64, device=layer.running_mean.device)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """With a momentum of 1, the running statistics after a forward pass are those of its batch."""
        momentum, buffers = self.layer.momentum, {name: each.clone() for name, each in self.layer.named_buffers()}
        hook = self.layer.register_forward_hook(self._add)
        self.layer.momentum = 1.0
        try:
            yield
        finally:
            hook.remove()
            self.layer.momentum = momentum
            self.layer.load_state_dict(buffers, strict=False)

    def _add(self, layer: _BatchNorm, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        count = inputs[0].numel() // inputs[0].shape[1] * self.shared_by
        mean, variance = layer.running_mean.double(), layer.running_var.double() * (count - 1) / count
        self.sums += count * torch.stack([torch.ones_like(mean), mean, variance + mean.square()])

    def write(self) -> None:
        count, mean, square = self.processes.sum(self.sums)
        mean, square = mean / count, square / count
        self.layer.running_mean.copy_(mean)
        self.layer.running_var.copy_((square - mean.square()).clamp(min=0))


def describe(model: nn.Module, bn: str, clips: int, processes: Processes, *, precise: int = 0) -> str:
    """The line that says what batch norm sees; `precise`: the steps that precise batch norm looks at."""
    if not _layers(model):
        return "no batch norm"
    seen = {
        "device": f"sees {clips} clips",
        "frozen": "is frozen",
        "sync": f"sees {clips * processes.world} clips of {processes.world} processes",
    }
    measured = f"; after each epoch its statistics are measured over {precise} steps"
    return f"batch norm {seen[bn]}{measured if precise and bn != 'frozen' else ''}"


def _layers(model: nn.Module) -> list[_BatchNorm]:
    return [layer for layer in model.modules() if isinstance(layer, _BatchNorm)]
