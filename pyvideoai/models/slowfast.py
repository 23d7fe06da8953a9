"""SlowFast: a wide pathway that sees few frames and a narrow one that sees all (Feichtenhofer et al., ICCV 2019).

Both are ResNets of `blocks`. Parameters are named by stage, then pathway: `layer2.slow.0.conv1.weight`,
`layer2.fuse.conv.weight`, so that a stage (models/stages.py) holds both pathways and what joins them.
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import cycle, islice

import torch
from torch import Tensor, nn

from pyvideoai.errors import UserError
from pyvideoai.models.blocks import BlockStyle, conv, layer
from pyvideoai.models.i3d import DEPTHS, STRIDES, pooled

Pair = tuple[Tensor, Tensor]
Inflate = Sequence[Sequence[int]]


class SlowFast(nn.Module):
    """Turn float (N, 3, T, H, W) into logits: (N, classes), or in evaluation with a `window` (N, positions, classes).

    The clip is the fast pathway's; of its T frames, a multiple of `alpha`, the slow one sees T / alpha. The fast one
    has `width` / `beta` channels. After the stem and each layer but the last, its features go to the slow one through a
    convolution over `fuse_frames` frames with stride `alpha` and twice the channels. slow_inflate, fast_inflate: for
    each layer the extents in time of its blocks, repeated along them. window: see `I3D`.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        depth: int = 50,
        width: int = 64,
        dropout: float = 0.5,
        alpha: int = 4,
        beta: int = 8,
        fuse_frames: int = 7,
        slow_inflate: Inflate = ((1,), (1,), (3,), (3,)),
        fast_inflate: Inflate = ((3,), (3,), (3,), (3,)),
        zero_init: bool = True,
        window: int | None = None,
    ) -> None:
        super().__init__()
        self.alpha, self.window = alpha, window
        block, counts = DEPTHS[depth]
        style = BlockStyle(zero_init=zero_init)
        narrow = width // beta
        self.stem = _Stage(_stem(width, 1), _stem(narrow, 5), _Fuse(narrow, fuse_frames, alpha))
        slow, fast = width, narrow
        for number, (count, stride) in enumerate(zip(counts, STRIDES, strict=True)):
            seen = [islice(cycle(inflate[number]), count) for inflate in (slow_inflate, fast_inflate)]
            pathways = (
                # The fusion before this layer has appended twice the fast pathway's channels.
                layer(block, slow + 2 * fast, width * 2**number, stride, seen[0], style),
                layer(block, fast, narrow * 2**number, stride, seen[1], style),
            )
            slow, fast = (pathway[-1].channels for pathway in pathways)
            # After the last layer, the head joins the pathways.
            fuse = _Fuse(fast, fuse_frames, alpha) if number < 3 else None
            self.add_module(f"layer{number + 1}", _Stage(*pathways, fuse))
        self.dropout, self.fc = nn.Dropout(dropout), nn.Linear(slow + fast, num_classes)
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, clips: Tensor) -> Tensor:
        pair = clips.index_select(2, slow_frames(clips.shape[2], self.alpha).to(clips.device)), clips
        for stage in (self.stem, self.layer1, self.layer2, self.layer3, self.layer4):
            pair = stage(*pair)
        window = None if self.training else self.window
        return self.fc(self.dropout(torch.cat([pooled(maps, window) for maps in pair], -1)))


def slow_frames(frames: int, alpha: int) -> Tensor:
    """Return which of the clip's frames the slow pathway sees, from the first to the last: int64 (frames / alpha,).

    They are those of PySlowFast's `pack_pathway_output`, computed as there, in float32 on the CPU: the 8 of 32 are 0,
    4, 8, 13, 17, 22, 26, 31. Raises UserError if `frames` is not a multiple of `alpha`.
    """
    if frames % alpha:
        allowed = f"multiples of {alpha}, since the slow pathway sees one in {alpha}"
        raise UserError(f"a clip of {frames} frames for SlowFast; allowed: {allowed}")
    return torch.linspace(0, frames - 1, frames // alpha, device="cpu").long()


class _Stage(nn.Module):
    """Run a part of each pathway, then append the fast one's features to the slow one's."""

    def __init__(self, slow: nn.Module, fast: nn.Module, fuse: nn.Module | None) -> None:
        super().__init__()
        self.slow, self.fast, self.fuse = slow, fast, fuse

    def forward(self, slow: Tensor, fast: Tensor) -> Pair:
        slow, fast = self.slow(slow), self.fast(fast)
        return (slow if self.fuse is None else torch.cat([slow, self.fuse(fast)], 1)), fast


class _Fuse(nn.Module):
    """Bring the fast pathway's features to the slow one's number of frames."""

    def __init__(self, channels: int, frames: int, alpha: int) -> None:
        super().__init__()
        # Twice the channels: PySlowFast's FUSION_CONV_CHANNEL_RATIO.
        self.conv = conv(channels, 2 * channels, (frames, 1, 1), (alpha, 1, 1))
        self.bn, self.relu = nn.BatchNorm3d(2 * channels), nn.ReLU(inplace=True)

    def forward(self, fast: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(fast)))


def _stem(width: int, frames: int) -> nn.Sequential:
    parts = {
        "conv1": conv(3, width, (frames, 7, 7), (1, 2, 2)),
        "bn1": nn.BatchNorm3d(width),
        "relu": nn.ReLU(inplace=True),
        "pool1": nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
    }
    return nn.Sequential(OrderedDict(parts))
