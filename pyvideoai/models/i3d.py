"""I3D: a ResNet whose convolutions see a few frames at once, with or without non-local blocks.

One trunk expresses the single-pathway networks of PySlowFast, video-nonlocal-net, PyTorchVideo and MMAction2 (I3D, C2D,
Slow, CSN, R(2+1)D) by named arguments; see `model_configs/` for each. Its parameters have torchvision's names
(`layer2.1.conv1.weight`), so that the rules in `weights/names.py` need one direction only.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice

from torch import Tensor, nn
from torch.nn import functional as F

from pyvideoai.models.blocks import BasicBlock, BlockStyle, Bottleneck, InflateStyle, Norm, Size, layer

DEPTHS = {
    18: (BasicBlock, (2, 2, 2, 2)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
}
STRIDES = ((1, 1, 1), (1, 2, 2), (1, 2, 2), (1, 2, 2))  # the first layer keeps the size that pool1 leaves
# where the published non-local networks of depth 50 have their blocks
FIVE_PLACES = ("layer2.1", "layer2.3", "layer3.1", "layer3.3", "layer3.5")


class I3D(nn.Module):
    """Turn float (N, 3, T, H, W) into logits: (N, classes), or in evaluation with a `window` (N, positions, classes).

    stem: the kernel of the first convolution. stem_stride, pool1 (kernel, stride, padding; None leaves it out), pool2
    (kernel = stride; (1, 1, 1) for none), strides (of each layer's first block): where time and space shrink. inflate:
    for each layer the extents in time of its blocks, repeated along them. inflate_style: which convolution of a block
    has that extent. nonlocal_blocks: maps a place ("layer2.1": after that block) to a function that makes the module
    for a number of channels. norm: makes each normalisation. zero_init: each block starts as its shortcut.

    window: the fully-convolutional test. In evaluation, features are averaged over all of time and over each `window` x
    `window` square, with stride 1, and each square is classified. A 256 crop gives an 8x8 map and with window 7 four
    positions: logits (N, 4, classes), to be averaged like views. With one position, in training, or without a window:
    (N, classes).
    """

    def __init__(
        self,
        num_classes: int,
        *,
        depth: int = 50,
        width: int = 64,
        dropout: float = 0.5,
        stem: Size = (5, 7, 7),
        stem_stride: Size = (1, 2, 2),
        pool1: tuple[Size, Size, Size] | None = ((1, 3, 3), (1, 2, 2), (0, 1, 1)),
        pool2: Size = (2, 1, 1),
        strides: Sequence[Size] = STRIDES,
        inflate: Sequence[Sequence[int]] = ((3,), (3, 1), (3, 1), (1, 3)),
        inflate_style: InflateStyle = "3x1x1",
        nonlocal_blocks: Mapping[str, Callable[[int], nn.Module]] | None = None,
        norm: Norm = nn.BatchNorm3d,
        zero_init: bool = True,
        window: int | None = None,
    ) -> None:
        super().__init__()
        block, counts = DEPTHS[depth]
        self.window = window
        self.conv1 = nn.Conv3d(3, width, stem, stem_stride, tuple(size // 2 for size in stem), bias=False)
        self.bn1, self.relu = norm(width), nn.ReLU(inplace=True)
        self.pool1, self.pool2 = nn.MaxPool3d(*pool1) if pool1 else nn.Identity(), nn.MaxPool3d(pool2)
        channels, style = width, BlockStyle(inflate_style, norm, zero_init)
        for number, (count, frames, stride) in enumerate(zip(counts, inflate, strides, strict=True)):
            blocks = layer(block, channels, width * 2**number, stride, islice(cycle(frames), count), style)
            self.add_module(f"layer{number + 1}", blocks)
            channels = blocks[-1].channels
        self.dropout, self.fc = nn.Dropout(dropout), nn.Linear(channels, num_classes)
        for place, make in (nonlocal_blocks or {}).items():
            residual = self.get_submodule(place)
            residual.nl = make(residual.channels)
        self._initialise()

    def _initialise(self) -> None:
        nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.fc.weight, std=0.01)  # PySlowFast's MODEL.FC_INIT_STD
        nn.init.zeros_(self.fc.bias)

    def features(self, clips: Tensor) -> Tensor:
        """Return the last feature map, (N, channels, T', H/32, W/32)."""
        x = self.pool1(self.relu(self.bn1(self.conv1(clips))))
        x = self.pool2(self.layer1(x))
        return self.layer4(self.layer3(self.layer2(x)))

    def forward(self, clips: Tensor) -> Tensor:
        maps = self.features(clips)
        return self.fc(self.dropout(pooled(maps, None if self.training else self.window)))


def pooled(maps: Tensor, window: int | None) -> Tensor:
    """Average (N, C, T, H, W) over time and space: (N, C). With a window, over time and each window (see `I3D`).

    Windows come in reading order: (N, positions, C), or (N, C) for a single position.
    """
    if window is None:
        return maps.mean((2, 3, 4))
    # A map that is smaller than the window has one position: the whole of it.
    size = [min(window, extent) for extent in maps.shape[3:]]
    # .mT turns (N, C, positions) into (N, positions, C).
    averages = F.avg_pool2d(maps.mean(2), size, stride=1).flatten(2).mT
    return averages.squeeze(1) if averages.shape[1] == 1 else averages
