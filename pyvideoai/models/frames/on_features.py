"""A network without a backbone: a head that is given kept features, of frames, of other places, or of whole clips."""

from torch import Tensor, nn

from pyvideoai.models.frames.attentive import AttentiveHead
from pyvideoai.models.frames.average import AverageHead

HIDDEN = 256
MOST_HEADS = 8  # of attention


class MlpHead(nn.Module):
    """Turn features (N, T, channels) into logits (N, classes): their mean, a hidden layer, the classifier."""

    def __init__(self, channels: int, num_classes: int, *, hidden: int = HIDDEN, dropout: float = 0.0) -> None:
        super().__init__()
        self.hidden, self.dropout, self.fc = (
            nn.Linear(channels, hidden),
            nn.Dropout(dropout),
            nn.Linear(hidden, num_classes),
        )
        self.activation = nn.GELU()

    def forward(self, features: Tensor) -> Tensor:
        return self.fc(self.dropout(self.activation(self.hidden(features.mean(1)))))


class FeatureNetwork(nn.Module):
    """Turn float features (N, positions, channels), or (N, channels), into logits (N, classes).

    Its parameters have the names of a `FrameNetwork`'s head, so that each loads the other's.
    """

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.backbone, self.head = nn.Identity(), head

    def forward(self, features: Tensor) -> Tensor:
        found = self.backbone(features)
        return self.head(found if found.dim() > 2 else found[:, None])


def head_on_features(kind: str, channels: int, num_classes: int, *, dropout: float = 0.0) -> nn.Module:
    """Return a head: "linear", "mlp" or "attentive"."""
    if kind == "attentive":
        # The most heads that divide the channels, as attention demands.
        heads = next(each for each in range(MOST_HEADS, 0, -1) if channels % each == 0)
        return AttentiveHead(channels, num_classes, heads=heads, dropout=dropout)
    return {"linear": AverageHead, "mlp": MlpHead}[kind](channels, num_classes, dropout=dropout)
