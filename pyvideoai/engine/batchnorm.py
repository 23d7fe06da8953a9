"""What batch norm sees: this process's clips, everybody's, or nothing any more."""

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pyvideoai.engine.processes import Processes


def convert(model: nn.Module, bn: str, processes: Processes) -> nn.Module:
    """Apply the setting `bn`: 'sync' shares batch statistics, 'frozen' stops training scale and shift as well."""
    if bn == "sync" and processes.world > 1:
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)
    if bn == "frozen":
        for layer in _layers(model):
            layer.requires_grad_(False)
    return model


def train_mode(model: nn.Module, bn: str) -> None:
    """`model.train()`, in which frozen batch norm keeps using its running statistics."""
    model.train()
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


def describe(model: nn.Module, bn: str, clips: int, processes: Processes) -> str:
    """The line that says what batch norm sees."""
    if not _layers(model):
        return "no batch norm"
    seen = {
        "device": f"sees {clips} clips",
        "frozen": "is frozen",
        "sync": f"sees {clips * processes.world} clips of {processes.world} processes",
    }
    return f"batch norm {seen[bn]}"


def _layers(model: nn.Module) -> list[_BatchNorm]:
    return [layer for layer in model.modules() if isinstance(layer, _BatchNorm)]
