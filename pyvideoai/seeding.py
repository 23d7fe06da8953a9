"""Derive random numbers from (seed, epoch, ...), never from what ran before, so that a resumed epoch draws the same
ones.
"""

import random

import numpy as np
import torch

STREAMS = {"initialise": 0, "train": 1, "precise_bn": 2}


def seed_everything(seed: int, *, stream: str, epoch: int = 0, rank: int = 0) -> None:
    """Seed Python's, NumPy's and torch's global generators for one purpose, such as initial weights or dropout
    in an epoch.
    """
    entropy = np.random.SeedSequence([seed, STREAMS[stream], epoch, rank])
    word = int(entropy.generate_state(1, np.uint64)[0])
    random.seed(word)
    # NumPy's old generator takes 32 bits only.
    np.random.seed(word % 2**32)
    torch.manual_seed(word)


def choose_algorithms(deterministic: bool) -> None:
    """Allow only deterministic algorithms, or let cuDNN search for the fastest."""
    torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.benchmark = not deterministic
