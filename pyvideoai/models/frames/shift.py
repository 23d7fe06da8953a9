"""Temporal shift: a 2-D convolution sees some channels of the frames before and after (Lin et al. 2019, TSM).

Paper: arXiv:1811.08383. The shift costs no arithmetic and no parameters, and a backbone keeps its ImageNet weights.
"""

import torch
from torch import Tensor, nn

from pyvideoai.errors import UserError


class Shifted(nn.Module):
    """Shift the input in time, then apply `net`. frames: the length of a clip; `FrameNetwork` sets it at each pass."""

    def __init__(self, net: nn.Module, parts: int) -> None:
        super().__init__()
        self.net, self.parts, self.frames = net, parts, 1

    def forward(self, x: Tensor) -> Tensor:
        return self.net(shift(x, self.frames, self.parts))


def shift(x: Tensor, frames: int, parts: int) -> Tensor:
    """Return (N * frames, C, H, W) in which a part of the channels comes from other frames of the same clip.

    The first C // parts channels come from the frame after, as many from the frame before; zeros beyond the ends.
    """
    clips, share = x.unflatten(0, (-1, frames)), x.shape[1] // parts
    after, before, rest = clips.tensor_split([share, 2 * share], dim=2)
    nothing = torch.zeros_like(after[:, :1])
    after, before = torch.cat([after[:, 1:], nothing], 1), torch.cat([nothing, before[:, :-1]], 1)
    return torch.cat([after, before, rest], 2).flatten(0, 1)


def shift_blocks(backbone: nn.Module, *, parts: int = 8, every: int = 1) -> nn.Module:
    """Put a shift before the first convolution of residual blocks, inside the residual branch; return the backbone.

    There the shortcut keeps each frame's own features, which is why a network trained on images goes on working. parts:
    1 / parts of the channels come from each side. every: 2 shifts every other block of a stage, as the paper does where
    blocks are many (ResNet-101). Raises UserError if the backbone has no residual blocks.
    """
    blocks = [
        (block, place)
        for stage in backbone.modules()
        for number, block in enumerate(stage.children())
        if (place := _first_convolution(block)) and number % every == 0
    ]
    # After the list is made: `modules()` above must not come upon what is put in here.
    for block, place in blocks:
        setattr(block, place, Shifted(getattr(block, place), parts))
    if not blocks:
        raise UserError(f"{type(backbone).__name__} has no residual blocks of convolutions to shift: take a ResNet")
    return backbone


def _first_convolution(block: nn.Module) -> str | None:
    """Return the name of the first convolution of a ResNet's block, or of a timm MobileNet's or EfficientNet's."""
    children = dict(block.named_children())
    if "conv2" in children and isinstance(children.get("conv1"), nn.Conv2d):
        return "conv1"
    return "conv_pw" if "conv_pwl" in children and getattr(block, "has_skip", False) else None
