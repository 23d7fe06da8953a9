"""A plain PyTorch loop around a network: ours, or that of another package."""

import importlib

import torch
from torch import nn

from benchmark.step.shapes import Shapes
from pyvideoai.errors import UserError
from pyvideoai.scoring.trained import autocast

# package -> (module that is imported, how its network of a name is built)
PACKAGES = {
    "pytorchvideo": ("pytorchvideo.models.hub", lambda hub, name: getattr(hub, name)(pretrained=False)),
    "torchvision": ("torchvision.models", lambda models, name: models.get_model(name, weights=None)),
}


class Pathways(nn.Module):
    """Give pytorchvideo's SlowFast the list that it takes: every fourth frame, and all of them."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        return self.network([clips[:, :, ::4], clips])


class OfFrames(nn.Module):
    """Run a network of pictures on each frame; a clip's logits are the mean, as TSN's."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        logits = self.network(clips.transpose(1, 2).flatten(0, 1))
        return logits.unflatten(0, (len(clips), -1)).mean(1)


def peer(name: str) -> nn.Module:
    """Build "package:network" with random weights, as its package does; it takes float (N, 3, T, H, W). Raises
    UserError.
    """
    package, _, network = name.partition(":")
    if package not in PACKAGES or not network:
        raise UserError(f"--peer takes PACKAGE:NETWORK with {' or '.join(PACKAGES)} as the package, not {name!r}")
    module, build = PACKAGES[package]
    try:
        built = build(importlib.import_module(module), network)
    except ImportError as error:
        raise UserError(f"--peer {name}: {package} is not installed here ({error})") from error
    except (AttributeError, ValueError) as error:
        raise UserError(f"--peer {name}: {package} has no network {network!r} ({error})") from error
    if package == "pytorchvideo" and network.startswith("slowfast"):
        return Pathways(built)
    # torchvision has networks of pictures in folders of their own, apart from those of video.
    of_pictures = package == "torchvision" and ".video." not in type(built).__module__
    return OfFrames(built) if of_pictures else built


class PlainLoop:
    """Run a network as a short script does: pixels to normalised floats, forward, loss, backward, optimiser.

    to_input: uint8 (N, T, H, W, 3) to the network's input, on its device. amp: "none", "bf16" or "fp16".
    """

    def __init__(
        self, network: nn.Module, optimiser: torch.optim.Optimizer, to_input: nn.Module, amp: str, shapes: Shapes
    ) -> None:
        self.network, self.optimiser, self.to_input, self.amp = network, optimiser, to_input, amp
        self.shapes, self.device = shapes, next(network.parameters()).device
        self.labels = torch.zeros(len(shapes.train), dtype=torch.int64, device=self.device)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=amp == "fp16")

    def train(self, steps: int) -> None:
        """Take optimiser steps, each over one forward pass."""
        self.network.train()
        for _ in range(steps):
            inputs = self.to_input(self.shapes.train.to(self.device))
            with autocast(self.amp, self.device):
                logits = self.network(inputs)
            loss = nn.functional.cross_entropy(logits.float(), self.labels)
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimiser)
            self.scaler.update()
            self.optimiser.zero_grad(set_to_none=True)

    @torch.inference_mode()
    def evaluate(self) -> None:
        """Run all views of one test video."""
        self.network.eval()
        views_of_video = self.shapes.test[0]
        for views in views_of_video.split(self.shapes.clips_per_forward or len(views_of_video)):
            inputs = self.to_input(views.to(self.device))
            with autocast(self.amp, self.device):
                self.network(inputs)
