"""Residual blocks of a 3-D ResNet, in which one convolution of each block may extend over time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

Norm = Callable[[int], nn.Module]
InflateStyle = Literal["3x1x1", "3x3x3"]


@dataclass(frozen=True)
class BlockStyle:
    """Hold what all blocks of a network share.

    zero_init: start the last normalisation of each block at zero, so that the block starts as its shortcut.
    """

    inflate: InflateStyle = "3x1x1"
    norm: Norm = nn.BatchNorm3d
    zero_init: bool = True


def conv(channels_in: int, channels_out: int, kernel: tuple[int, int, int], stride: int = 1) -> nn.Conv3d:
    """Make a convolution without bias that divides height and width by `stride` and keeps the number of frames.

    It is initialised as He et al. do, over the fan-out.
    """
    padding = tuple(size // 2 for size in kernel)
    layer = nn.Conv3d(channels_in, channels_out, kernel, (1, stride, stride), padding, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer


class _Residual(nn.Module):
    """Compute relu(branch(x) + shortcut(x)), then apply `nl`: the identity, or a non-local block."""

    expansion: int

    def __init__(self, channels_in: int, inner: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module = nn.Identity()
        self.channels = inner * self.expansion
        if stride != 1 or channels_in != self.channels:
            self.downsample = nn.Sequential(conv(channels_in, self.channels, (1, 1, 1), stride), norm(self.channels))
        self.nl: nn.Module = nn.Identity()

    def branch(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return self.nl(self.relu(self.branch(x) + self.downsample(x)))


class Bottleneck(_Residual):
    """Apply 1x1x1, then 1x3x3 with the stride, then 1x1x1 convolutions.

    The first ("3x1x1") or the second ("3x3x3") extends over `frames` frames.
    """

    expansion = 4

    def __init__(self, channels_in: int, inner: int, stride: int, frames: int, style: BlockStyle) -> None:
        super().__init__(channels_in, inner, stride, style.norm)
        first, second = (frames, 1) if style.inflate == "3x1x1" else (1, frames)
        self.conv1, self.bn1 = conv(channels_in, inner, (first, 1, 1)), style.norm(inner)
        self.conv2, self.bn2 = conv(inner, inner, (second, 3, 3), stride), style.norm(inner)
        self.conv3, self.bn3 = conv(inner, self.channels, (1, 1, 1)), style.norm(self.channels)
        if style.zero_init:
            nn.init.zeros_(self.bn3.weight)

    def branch(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.bn3(self.conv3(x))


class BasicBlock(_Residual):
    """Apply two 1x3x3 convolutions, the first with the stride.

    The first ("3x1x1") or both ("3x3x3") extend over `frames` frames.
    """

    expansion = 1

    def __init__(self, channels_in: int, inner: int, stride: int, frames: int, style: BlockStyle) -> None:
        super().__init__(channels_in, inner, stride, style.norm)
        self.conv1, self.bn1 = conv(channels_in, inner, (frames, 3, 3), stride), style.norm(inner)
        self.conv2, self.bn2 = conv(inner, inner, (1 if style.inflate == "3x1x1" else frames, 3, 3)), style.norm(inner)
        if style.zero_init:
            nn.init.zeros_(self.bn2.weight)

    def branch(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
