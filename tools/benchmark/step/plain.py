"""A plain PyTorch loop around a network: ours, or that of another package."""

import importlib

import torch
from torch import nn

from benchmark.step.shapes import Shapes
from pyvideoai.config.load import Config
from pyvideoai.data.to_input import ToInput
from pyvideoai.errors import UserError
from pyvideoai.scoring.trained import autocast

# package -> (module that is imported, how its network of a name is built)
PACKAGES = {
    "pytorchvideo": ("pytorchvideo.models.hub", lambda hub, name: getattr(hub, name)(pretrained=False)),
    "torchvision": ("torchvision.models", lambda models, name: models.get_model(name, weights=None)),
}


def peer(name: str) -> nn.Module:
    """Build "package:network" with random weights, as its package does. Raises UserError."""
    package, _, network = name.partition(":")
    if package not in PACKAGES or not network:
        raise UserError(f"--peer takes PACKAGE:NETWORK with {' or '.join(PACKAGES)} as the package, not {name!r}")
    module, build = PACKAGES[package]
    try:
        return build(importlib.import_module(module), network)
    except ImportError as error:
        raise UserError(f"--peer {name}: {package} is not installed here ({error})") from error
    except (AttributeError, ValueError) as error:
        raise UserError(f"--peer {name}: {package} has no network {network!r} ({error})") from error


class PlainLoop:
    """Run a network as a short script does: normalised clips lie ready; forward, loss, backward, SGD."""

    def __init__(self, network: nn.Module, config: Config, shapes: Shapes, device: torch.device) -> None:
        self.network, self.amp, self.device = network.to(device), config.exp.amp, device
        to_input = ToInput(config.model.normalise).to(device)
        self.inputs, self.views = to_input(shapes.train.to(device)), to_input(shapes.test[0].to(device))
        self.clips_per_forward = shapes.clips_per_forward
        self.labels = torch.zeros(len(self.inputs), dtype=torch.int64, device=device)
        self.optimiser = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4)

    def train(self, steps: int) -> None:
        """Take optimiser steps, each over one forward pass."""
        self.network.train()
        for _ in range(steps):
            with autocast(self.amp, self.device):
                logits = self.network(self.inputs)
            nn.functional.cross_entropy(logits.float(), self.labels).backward()
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)

    @torch.inference_mode()
    def evaluate(self) -> None:
        """Run all views of one test video."""
        self.network.eval()
        for views in self.views.split(self.clips_per_forward):
            with autocast(self.amp, self.device):
                self.network(views)
