"""A video network made of an image network and a head over its frames."""

from torch import Tensor, nn

from pyvideoai.models.frames.shift import Shifted


class FrameNetwork(nn.Module):
    """Turn float (N, 3, T, H, W) into logits (N, classes).

    backbone: float (frames, 3, H, W) to features (frames, channels). head: features (N, T, channels) to logits. `freeze
    = "backbone"` trains the head alone, and files of the backbone's own weights load by their own names.
    """

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head
        # A plain list: in a ModuleList, the backbone's modules would have a second name each in the state dict.
        self._shifts = [module for module in backbone.modules() if isinstance(module, Shifted)]

    def features(self, clips: Tensor) -> Tensor:
        """Return (N, T, channels): what the backbone finds in each frame."""
        frames = clips.shape[2]
        for shift in self._shifts:
            shift.frames = frames
        return self.backbone(clips.transpose(1, 2).flatten(0, 1)).unflatten(0, (-1, frames))

    def forward(self, clips: Tensor) -> Tensor:
        return self.head(self.features(clips))
