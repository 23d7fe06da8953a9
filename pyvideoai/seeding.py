"""Random numbers derive from (seed, epoch, ...), never from what ran before: a resumed epoch draws the same ones."""

import random

import numpy as np
import torch

STREAMS = {"initialise": 0, "train": 1, "precise_bn": 2}


def seed_everything(seed: int, *, stream: str, epoch: int = 0, rank: int = 0) -> None:
    """Seed Python's, NumPy's and torch's global generators for one purpose (initial weights; dropout in one epoch)."""
    entropy = np.random.SeedSequence([seed, STREAMS[stream], epoch, rank])
    word = int(entropy.generate_state(1, np.uint64)[0])
    random.seed(word)
    np.random.seed(word % 2**32)
    torch.manual_seed(word)


def choose_algorithms(deterministic: bool) -> None:
    """Only deterministic algorithms, or the fastest that cuDNN finds."""
    torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.benchmark = not deterministic
