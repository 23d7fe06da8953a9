"""Small classifiers on features of whole videos: a grid of heads, nearest neighbours, logistic regression."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.nn import functional as F

from pyvideoai.models.frames import head_on_features

STEPS = 100
HIDDEN = 256
GRID = {
    "linear": ((1e-3, 3e-3, 1e-2, 3e-2), (0.0, 0.01, 0.1)),  # learning rates, weight decays
    "mlp": ((3e-4, 1e-3, 3e-3, 1e-2), (0.0, 0.1)),
    "attentive": ((1e-4, 3e-4), (0.0, 0.1)),  # looks at all positions: takes many times as long
}
USUAL = ("linear", "mlp")
NEIGHBOURS = 5


@dataclass(frozen=True)
class Setting:
    """Name a head of the grid."""

    kind: str
    learning_rate: float
    weight_decay: float

    def __str__(self) -> str:
        return f"{self.kind}, learning rate {self.learning_rate:g}, weight decay {self.weight_decay:g}"


@dataclass(frozen=True)
class Part:
    """Hold a split: features float32 (N, positions, channels), standardised by those of training; labels int64 (N,)."""

    features: Tensor
    labels: Tensor

    def seen_by(self, kind: str) -> Tensor:
        """Return what a kind of head looks at: all positions, or (N, channels), their mean."""
        return self.features if kind == "attentive" else self.features.mean(1)


def settings(kinds: Collection[str] = USUAL) -> list[Setting]:
    """Return the settings of the grid: 20 of linear and MLP heads, 4 of attentive ones."""
    return [Setting(kind, *each) for kind in GRID if kind in kinds for each in product(*GRID[kind])]


def by_position(features: Tensor) -> Tensor:
    """Return (N, positions, channels) of (N, ..., channels): views, frames and places are all positions."""
    return features.flatten(1, -2) if features.dim() > 2 else features[:, None]


def standardised(train: Tensor, *others: Tensor) -> Iterator[Tensor]:
    """Yield features (N, positions, channels) with the mean and deviation of the training's subtracted and divided out.

    Both are those of the videos' means over positions, which most heads look at.
    """
    means = train.mean(1)
    mean, deviation = means.mean(0), means.std(0, correction=0).clamp_min(1e-6)
    yield from ((each - mean) / deviation for each in (train, *others))


def fit_head(setting: Setting, train: Part, classes: int, seed: int = 0) -> nn.Module:
    """Train a head by AdamW on all of `train` at once, with a rate that falls along half a cosine."""
    torch.manual_seed(seed)
    seen = train.seen_by(setting.kind)
    head = _head(setting.kind, seen.shape[-1], classes)
    optimiser = torch.optim.AdamW(head.parameters(), setting.learning_rate, weight_decay=setting.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        loss = F.cross_entropy(head(seen), train.labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return head


def _head(kind: str, channels: int, classes: int) -> nn.Module:
    if kind == "attentive":
        return head_on_features(kind, channels, classes)
    if kind == "mlp":
        return nn.Sequential(nn.Linear(channels, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, classes))
    return nn.Sequential(nn.Linear(channels, classes))


@torch.no_grad()
def losses_and_hits(head: nn.Module, part: Part, kind: str = "linear") -> tuple[float, int]:
    """Return the mean loss on a split, and how many of its videos are right."""
    logits = head(part.seen_by(kind))
    return float(F.cross_entropy(logits, part.labels)), int((logits.argmax(1) == part.labels).sum())


def sanity_hits(train: Part, part: Part) -> dict[str, int]:
    """Return how many videos of a split nearest neighbours and logistic regression get right."""
    fitted = {
        f"{NEIGHBOURS} nearest neighbours": KNeighborsClassifier(min(NEIGHBOURS, len(train.labels)), metric="cosine"),
        "logistic regression": LogisticRegression(max_iter=1000),
    }
    data, labels, asked = train.features.mean(1).numpy(), train.labels.numpy(), part.features.mean(1).numpy()
    return {
        name: int((model.fit(data, labels).predict(asked) == part.labels.numpy()).sum())
        for name, model in fitted.items()
    }
