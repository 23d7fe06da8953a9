"""Temporal relations: a small network reads the features of several frames in their order (Zhou et al. 2018, TRN).

Paper: arXiv:1711.08496. The parts and their sizes are those of MMAction2 1.2.0.
"""

from itertools import combinations

import torch
from torch import Tensor, nn

from pyvideoai.errors import UserError

DRAWN = 3  # relations of a scale in a training step


class _Projected(nn.Module):
    """Make features (N, T, channels) smaller: (N, frames, hidden). Raises UserError for another number of frames."""

    def __init__(self, channels: int, frames: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.frames, self.dropout, self.fc = frames, nn.Dropout(dropout), nn.Linear(channels, hidden)
        nn.init.normal_(self.fc.weight, std=0.001)  # MMAction2's init_std
        nn.init.zeros_(self.fc.bias)

    def project(self, features: Tensor) -> Tensor:
        if features.shape[1] != self.frames:
            raise UserError(
                f"relations of {self.frames} frames were given {features.shape[1]}: train_clip must have as many "
                "frames as model.clip says"
            )
        return self.fc(self.dropout(features))


class RelationHead(_Projected):
    """Turn features (N, T, channels) into logits by one relation of all frames: TRN."""

    def __init__(
        self,
        channels: int,
        num_classes: int,
        *,
        frames: int,
        hidden: int = 256,
        bottleneck: int = 512,
        dropout: float = 0.8,
    ) -> None:
        super().__init__(channels, frames, hidden, dropout)
        self.relation = _relation(frames * hidden, bottleneck, num_classes)

    def forward(self, features: Tensor) -> Tensor:
        return self.relation(self.project(features).flatten(1))


class MultiScaleRelationHead(_Projected):
    """Turn features (N, T, channels) into the sum of relations of 2, 3, ... and all frames: multi-scale TRN.

    A training step draws up to 3 sets of frames of each size, as in the source. In evaluation, where the source draws
    too, logits are the expected value over all draws: the mean over every set, times 3.
    """

    def __init__(
        self,
        channels: int,
        num_classes: int,
        *,
        frames: int,
        hidden: int = 256,
        bottleneck: int = 256,
        dropout: float = 0.8,
    ) -> None:
        super().__init__(channels, frames, hidden, dropout)
        scales = range(frames, 1, -1)
        self.relations = nn.ModuleList(_relation(scale * hidden, bottleneck, num_classes) for scale in scales)
        # Not buffers, which would be in checkpoints.
        self.sets = [torch.tensor(list(combinations(range(frames), scale)), device="cpu") for scale in scales]

    def forward(self, features: Tensor) -> Tensor:
        projected = self.project(features)
        scores = []
        for relation, sets in zip(self.relations, self.sets, strict=True):
            drawn = sets[torch.randperm(len(sets), device="cpu")[:DRAWN]] if self.training else sets
            of_sets = relation(projected[:, drawn.to(features.device)].flatten(2))  # (N, sets, classes)
            # As many as a training step draws, so that both sums have one scale.
            scores.append(of_sets.mean(1) * min(DRAWN, len(sets)))
        return torch.stack(scores).sum(0)


def _relation(inputs: int, bottleneck: int, num_classes: int) -> nn.Sequential:
    return nn.Sequential(nn.ReLU(), nn.Linear(inputs, bottleneck), nn.ReLU(), nn.Linear(bottleneck, num_classes))
