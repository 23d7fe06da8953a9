"""The non-local block: every position of a feature map attends to every other, over space and time.

Wang, Girshick, Gupta, He: Non-local Neural Networks, CVPR 2018. The published implementations differ in details that
change numbers, so each of those is an argument:

    NonLocal(channels)                                                             PySlowFast, video-nonlocal-net
    NonLocal(channels, norm=None)                                                  video-nonlocal-net, affine models
    NonLocal(channels, mode=..., pool="after", scale=False, out_bias=False)        MMAction2
"""

from typing import Literal

from torch import Tensor, nn

from pyvideoai.models.blocks import Norm


class NonLocal(nn.Module):
    """Compute x + norm(out(attention over x)), with `channels` // 2 channels inside.

    mode: softmax of embedded products ("embedded_gaussian"), softmax of the plain products ("gaussian": no theta, no
    phi), or embedded products divided by the number of keys ("dot_product"). pool: max-pool keys and values 2x2 in
    space before or after their projections. scale: divide the products by the square root of the inner channels before
    the softmax. norm: None leaves it out. frames: attend only within groups of that many frames; None: over all frames.

    It starts as the identity: the last weight, of `norm` or else of `out`, is zero.
    """

    def __init__(
        self,
        channels: int,
        *,
        mode: Literal["embedded_gaussian", "gaussian", "dot_product"] = "embedded_gaussian",
        pool: Literal["before", "after"] = "before",
        scale: bool = True,
        out_bias: bool = True,
        norm: Norm | None = nn.BatchNorm3d,
        frames: int | None = None,
    ) -> None:
        super().__init__()
        self.mode, self.pool_first, self.frames = mode, pool == "before", frames
        inner = channels // 2
        self.scale = inner**-0.5 if scale else 1.0
        self.pool = nn.MaxPool3d((1, 2, 2))
        if mode != "gaussian":
            self.theta, self.phi = _project(channels, inner), _project(channels, inner)
        self.g = _project(channels, inner)
        self.out = _project(inner, channels, bias=out_bias)
        self.bn = nn.Identity() if norm is None else norm(channels)
        nn.init.zeros_(self.out.weight if norm is None else self.bn.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map float (N, C, T, H, W) to the same shape; T must be a multiple of `frames`."""
        if self.frames is None:
            return x + self.bn(self.out(self._attend(x)))
        groups = x.unflatten(2, (-1, self.frames)).transpose(1, 2)  # (N, groups, C, frames, H, W)
        attended = self._attend(groups.flatten(0, 1)).unflatten(0, groups.shape[:2])
        return x + self.bn(self.out(attended.transpose(1, 2).flatten(2, 3)))

    def _attend(self, x: Tensor) -> Tensor:
        pooled = self.pool(x) if self.pool_first else x
        embedded = self.mode != "gaussian"
        query = self.theta(x) if embedded else x
        key = self._pool_last(self.phi(pooled)) if embedded else self.pool(x)
        value = self._pool_last(self.g(pooled))
        affinity = query.flatten(2).mT @ key.flatten(2)  # (N, queries, keys)
        weights = affinity / affinity.shape[2] if self.mode == "dot_product" else (affinity * self.scale).softmax(2)
        # (N, inner, keys) @ (N, keys, queries)
        return (value.flatten(2) @ weights.mT).unflatten(2, x.shape[2:])

    def _pool_last(self, x: Tensor) -> Tensor:
        return x if self.pool_first else self.pool(x)


def _project(channels_in: int, channels_out: int, bias: bool = True) -> nn.Conv3d:
    layer = nn.Conv3d(channels_in, channels_out, 1, bias=bias)
    nn.init.normal_(layer.weight, std=0.01)  # video-nonlocal-net's NONLOCAL.CONV_INIT_STD
    if bias:
        nn.init.zeros_(layer.bias)
    return layer
