"""X3D: a small, thin network, expanded step by step in depth, width, time and space (Feichtenhofer, CVPR 2020).

Its convolutions over space and time treat each channel by itself. The sizes XS, S and M are one network on other clips;
L is deeper. Layers, channels and the head follow PySlowFast, whose authors are the paper's.
"""

from collections import OrderedDict
from math import ceil

from torch import Tensor, nn

from pyvideoai.models.blocks import Residual, Size, conv
from pyvideoai.models.i3d import pooled

_COUNTS = (1, 2, 5, 3)  # blocks of each layer, times the depth factor


class X3D(nn.Module):
    """Turn float (N, 3, T, H, W) into logits: (N, classes), or in evaluation with a `window` (N, positions, classes).

    depth: the factor of the numbers of blocks, 2.2 for XS, S and M, 5 for L. width: channels of the stem and the first
    layer; each later layer has twice as many. Time is never subsampled. window: see `I3D`; the published tests have the
    training crop's size / 32, rounded up.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        depth: float = 2.2,
        width: int = 24,
        dropout: float = 0.5,
        zero_init: bool = True,
        window: int | None = None,
    ) -> None:
        super().__init__()
        self.window, self.relu = window, nn.ReLU(inplace=True)
        parts = {
            "space": conv(3, width, (1, 3, 3), (1, 2, 2)),
            "time": conv(width, width, (5, 1, 1), groups=width),
            "bn": nn.BatchNorm3d(width),
            "relu": nn.ReLU(inplace=True),
        }
        self.stem = nn.Sequential(OrderedDict(parts))
        channels = width
        for number, count in enumerate(_COUNTS):
            blocks = _layer(channels, width * 2**number, ceil(depth * count), zero_init)
            self.add_module(f"layer{number + 1}", blocks)
            channels = width * 2**number
        # The paper's bottleneck factor, as in each block.
        inner = int(2.25 * channels)
        head = {"conv": conv(channels, inner, (1, 1, 1)), "bn": nn.BatchNorm3d(inner), "relu": nn.ReLU(inplace=True)}
        self.conv5, self.lin5 = nn.Sequential(OrderedDict(head)), nn.Linear(inner, 2048, bias=False)
        self.dropout, self.fc = nn.Dropout(dropout), nn.Linear(2048, num_classes)
        nn.init.kaiming_normal_(self.lin5.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, clips: Tensor) -> Tensor:
        maps = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(clips)))))
        features = pooled(self.conv5(maps), None if self.training else self.window)
        return self.fc(self.dropout(self.relu(self.lin5(features))))


def _layer(channels_in: int, channels: int, count: int, zero_init: bool) -> nn.Sequential:
    blocks = [_Block(channels_in, channels, (1, 2, 2), True, zero_init)]
    # Squeeze and excitation is in the first block of a layer, the third, the fifth, ...
    blocks += [_Block(channels, channels, (1, 1, 1), place % 2 == 0, zero_init) for place in range(1, count)]
    return nn.Sequential(*blocks)


class _Block(Residual):
    """Apply a 1x1x1, a depthwise 3x3x3 with the stride, and a 1x1x1 convolution; 2.25 times the channels between them.

    squeeze: reweigh the channels by squeeze and excitation after the second, in every other block.
    """

    def __init__(self, channels_in: int, channels: int, stride: Size, squeeze: bool, zero_init: bool) -> None:
        super().__init__(channels_in, channels, stride, nn.BatchNorm3d)
        inner = int(2.25 * channels)
        self.conv1, self.bn1 = conv(channels_in, inner, (1, 1, 1)), nn.BatchNorm3d(inner)
        self.conv2, self.bn2 = conv(inner, inner, (3, 3, 3), stride, groups=inner), nn.BatchNorm3d(inner)
        self.se, self.swish = _Squeeze(inner) if squeeze else nn.Identity(), nn.SiLU(inplace=True)
        self.conv3, self.bn3 = conv(inner, channels, (1, 1, 1)), nn.BatchNorm3d(channels)
        if zero_init:
            nn.init.zeros_(self.bn3.weight)

    def branch(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.swish(self.se(self.bn2(self.conv2(x))))
        return self.bn3(self.conv3(x))


class _Squeeze(nn.Module):
    """Multiply each channel by a weight that follows from all channels' averages (Hu et al., CVPR 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        # PySlowFast's se_ratio of 0.0625.
        inner = _eighths(channels / 16)
        self.reduce, self.expand = nn.Conv3d(channels, inner, 1), nn.Conv3d(inner, channels, 1)
        self.relu = nn.ReLU(inplace=True)
        for each in (self.reduce, self.expand):
            nn.init.kaiming_normal_(each.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(each.bias)

    def forward(self, x: Tensor) -> Tensor:
        averages = x.mean((2, 3, 4), keepdim=True)
        return x * self.expand(self.relu(self.reduce(averages))).sigmoid()


def _eighths(channels: float) -> int:
    """Round to a multiple of 8, at least 8, and not down by more than a tenth (Sandler et al., CVPR 2018)."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 * (rounded < 0.9 * channels)
