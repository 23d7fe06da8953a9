"""Attentive pooling: one learned query looks at all frames, then a small network and the classifier follow.

It is the probe of V-JEPA (Bardes et al. 2024, arXiv:2404.08471): a frozen backbone's features, pooled by a
cross-attention block with a single query.
"""

import torch
from torch import Tensor, nn


class AttentiveHead(nn.Module):
    """Turn features (N, T, channels) into logits (N, classes). The order of frames plays no role.

    heads: of the attention; channels must be a multiple of it.
    """

    def __init__(self, channels: int, num_classes: int, *, heads: int = 8, dropout: float = 0.0) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.empty(1, 1, channels))
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(channels, 4 * channels), nn.GELU(), nn.Linear(4 * channels, channels))
        self.dropout, self.fc = nn.Dropout(dropout), nn.Linear(channels, num_classes)
        for parameter in (self.query, self.fc.weight):
            nn.init.trunc_normal_(parameter, std=0.02)
        nn.init.zeros_(self.fc.bias)

    def forward(self, features: Tensor) -> Tensor:
        frames = self.norm1(features)
        query = self.query.expand(features.shape[0], -1, -1)  # len() would fix an exported graph to one clip
        pooled = query + self.attention(query, frames, frames, need_weights=False)[0]
        pooled = pooled + self.mlp(self.norm2(pooled))
        return self.fc(self.dropout(pooled.squeeze(1)))
