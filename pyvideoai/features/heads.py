"""Small classifiers on features of whole videos: a grid of heads, nearest neighbours, logistic regression."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.nn import functional as F

STEPS = 100
HIDDEN = 256
GRID = {
    "linear": ((1e-3, 3e-3, 1e-2, 3e-2), (0.0, 0.01, 0.1)),  # learning rates, weight decays
    "mlp": ((3e-4, 1e-3, 3e-3, 1e-2), (0.0, 0.1)),
}
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
    """Hold a split: features float32 (N, channels), standardised by those of training, and labels int64 (N,)."""

    features: Tensor
    labels: Tensor


def settings() -> list[Setting]:
    """Return the 20 settings of the grid."""
    return [Setting(kind, *each) for kind, (rates, decays) in GRID.items() for each in product(rates, decays)]


def pooled(features: Tensor) -> Tensor:
    """Average (N, ..., channels) over everything between: views, frames, positions."""
    return features.flatten(1, -2).mean(1) if features.dim() > 2 else features


def standardised(train: Tensor, *others: Tensor) -> Iterator[Tensor]:
    """Yield features (N, channels) with the mean and deviation of the training's subtracted and divided out."""
    mean, deviation = train.mean(0), train.std(0, correction=0).clamp_min(1e-6)
    yield from ((each - mean) / deviation for each in (train, *others))


def fit_head(setting: Setting, train: Part, classes: int, seed: int = 0) -> nn.Module:
    """Train a head by AdamW on all of `train` at once, with a rate that falls along half a cosine."""
    torch.manual_seed(seed)
    channels = train.features.shape[1]
    layers = [nn.Linear(channels, classes)]
    if setting.kind == "mlp":
        layers = [nn.Linear(channels, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, classes)]
    head = nn.Sequential(*layers)
    optimiser = torch.optim.AdamW(head.parameters(), setting.learning_rate, weight_decay=setting.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        loss = F.cross_entropy(head(train.features), train.labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return head


@torch.no_grad()
def losses_and_hits(head: nn.Module, part: Part) -> tuple[float, int]:
    """Return the mean loss on a split, and how many of its videos are right."""
    logits = head(part.features)
    return float(F.cross_entropy(logits, part.labels)), int((logits.argmax(1) == part.labels).sum())


def sanity_hits(train: Part, part: Part) -> dict[str, int]:
    """Return how many videos of a split nearest neighbours and logistic regression get right."""
    fitted = {
        f"{NEIGHBOURS} nearest neighbours": KNeighborsClassifier(min(NEIGHBOURS, len(train.labels)), metric="cosine"),
        "logistic regression": LogisticRegression(max_iter=1000),
    }
    data, labels = train.features.numpy(), train.labels.numpy()
    return {
        name: int((model.fit(data, labels).predict(part.features.numpy()) == part.labels.numpy()).sum())
        for name, model in fitted.items()
    }
