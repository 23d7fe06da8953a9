"""Residual blocks of a 3-D ResNet, in which some convolutions of each block extend over time."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor, nn

Norm = Callable[[int], nn.Module]
Size = tuple[int, int, int]  # time, height, width
InflateStyle = Literal["3x1x1", "3x3x3", "depthwise", "2+1"]


@dataclass(frozen=True)
class BlockStyle:
    """Hold what all blocks of a network share.

    inflate: which convolution of a block extends over time, and how; see `Bottleneck`. zero_init: start the last
    normalisation of each block at zero, so that the block starts as its shortcut.
    """

    inflate: InflateStyle = "3x1x1"
    norm: Norm = nn.BatchNorm3d
    zero_init: bool = True  # Goyal et al. 2017 (arXiv:1706.02677), section 5.1


def conv(channels_in: int, channels_out: int, kernel: Size, stride: Size = (1, 1, 1), groups: int = 1) -> nn.Conv3d:
    """Make a convolution without bias that divides the number of frames, height and width by `stride`.

    It is initialised as He et al. do, over the fan-out.
    """
    # For odd kernels: with a stride of 1, sizes stay as they are.
    padding = tuple(size // 2 for size in kernel)
    layer = nn.Conv3d(channels_in, channels_out, kernel, stride, padding, groups=groups, bias=False)
    # Caffe2's MSRAFill, as PySlowFast has it (fvcore's c2_msra_fill).
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer


class Residual(nn.Module):
    """Compute relu(branch(x) + shortcut(x)), then apply `nl`: the identity, or a non-local block."""

    def __init__(self, channels_in: int, channels: int, stride: Size, norm: Norm) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module = nn.Identity()
        self.channels = channels
        if stride != (1, 1, 1) or channels_in != channels:
            self.downsample = nn.Sequential(conv(channels_in, channels, (1, 1, 1), stride), norm(channels))
        self.nl: nn.Module = nn.Identity()

    def branch(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return self.nl(self.relu(self.branch(x) + self.downsample(x)))


class Bottleneck(Residual):
    """Apply a 1x1x1, a 1x3x3 with the stride, and a 1x1x1 convolution; one of them extends over `frames` frames.

    inflate: the first ("3x1x1"); the second ("3x3x3"); the second, each channel by itself ("depthwise"; Tran et al.,
    ICCV 2019); the second as two, over time and then over space, with a norm and a ReLU between them ("2+1").
    """

    expansion = 4

    def __init__(self, channels_in: int, inner: int, stride: Size, frames: int, style: BlockStyle) -> None:
        super().__init__(channels_in, inner * self.expansion, stride, style.norm)
        first = frames if style.inflate == "3x1x1" else 1
        self.conv1, self.bn1 = conv(channels_in, inner, (first, 1, 1)), style.norm(inner)
        self.conv2, self.bn2 = _second(inner, stride, frames, style), style.norm(inner)
        self.conv3, self.bn3 = conv(inner, self.channels, (1, 1, 1)), style.norm(self.channels)
        if style.zero_init:
            nn.init.zeros_(self.bn3.weight)

    def branch(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.bn3(self.conv3(x))


def _second(channels: int, stride: Size, frames: int, style: BlockStyle) -> nn.Module:
    """Make the second convolution of a bottleneck."""
    if style.inflate == "2+1":
        time, space = (stride[0], 1, 1), (1, *stride[1:])
        parts = {
            "time": conv(channels, channels, (frames, 1, 1), time),
            "bn": style.norm(channels),
            "relu": nn.ReLU(inplace=True),
            "space": conv(channels, channels, (1, 3, 3), space),
        }
        return nn.Sequential(OrderedDict(parts))
    kernel = (1 if style.inflate == "3x1x1" else frames, 3, 3)
    return conv(channels, channels, kernel, stride, groups=channels if style.inflate == "depthwise" else 1)


class BasicBlock(Residual):
    """Apply two 1x3x3 convolutions, the first with the stride.

    The first ("3x1x1") or both ("3x3x3") extend over `frames` frames.
    """

    expansion = 1

    def __init__(self, channels_in: int, inner: int, stride: Size, frames: int, style: BlockStyle) -> None:
        super().__init__(channels_in, inner, stride, style.norm)
        if style.inflate not in (known := get_args(InflateStyle)[:2]):
            raise ValueError(f"inflate_style {style.inflate!r} is for depths from 50 on; allowed here: {known}")
        self.conv1, self.bn1 = conv(channels_in, inner, (frames, 3, 3), stride), style.norm(inner)
        self.conv2, self.bn2 = conv(inner, inner, (1 if style.inflate == "3x1x1" else frames, 3, 3)), style.norm(inner)
        if style.zero_init:
            nn.init.zeros_(self.bn2.weight)

    def branch(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))


Block = BasicBlock | Bottleneck


def layer(
    block: type[Block], channels: int, inner: int, stride: Size, frames: Iterable[int], style: BlockStyle
) -> nn.Sequential:
    """Make a layer of a ResNet, a block for each extent in `frames`; the first block has the stride."""
    blocks: list[Block] = []
    for extent in frames:
        blocks.append(block(channels, inner, stride, extent, style))
        channels, stride = blocks[-1].channels, (1, 1, 1)
    return nn.Sequential(*blocks)
