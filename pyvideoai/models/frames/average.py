"""Average consensus: a clip's features are the mean of its frames' (Wang et al. 2016, TSN, arXiv:1608.00859)."""

from torch import Tensor, nn


class AverageHead(nn.Module):
    """Turn features (N, T, channels) into logits (N, classes): their mean over the frames, classified.

    dropout acts on the mean (MMAction2's TSN) or, with `per_frame`, on each frame before it, as in TSM. spread: the
    standard deviation of the classifier's initial weights.
    """

    def __init__(
        self, channels: int, num_classes: int, *, dropout: float = 0.5, per_frame: bool = False, spread: float = 0.01
    ) -> None:
        super().__init__()
        self.per_frame, self.dropout = per_frame, nn.Dropout(dropout)
        self.fc = nn.Linear(channels, num_classes)
        nn.init.normal_(self.fc.weight, std=spread)
        nn.init.zeros_(self.fc.bias)

    def forward(self, features: Tensor) -> Tensor:
        # A mean and a linear layer commute: this is also the mean of the frames' logits.
        return self.fc(self.dropout(features).mean(1) if self.per_frame else self.dropout(features.mean(1)))
