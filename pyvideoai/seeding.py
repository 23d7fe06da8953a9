"""Derive random numbers from (seed, epoch, ...), never from what ran before, so that a resumed epoch draws the same
ones.
"""

import random
from typing import Any

import numpy as np
import torch

STREAMS = {"initialise": 0, "train": 1, "precise_bn": 2}


def seed_everything(seed: int, *, stream: str, epoch: int = 0, rank: int = 0) -> None:
    """Seed Python's, NumPy's and torch's global generators for one purpose, such as initial weights or dropout
    in an epoch.
    """
    # SeedSequence mixes the numbers. If they were added up, epoch 2 of seed 1 would repeat epoch 1 of seed 2.
    entropy = np.random.SeedSequence([seed, STREAMS[stream], epoch, rank])
    word = int(entropy.generate_state(1, np.uint64)[0])
    random.seed(word)
    # NumPy's old generator takes 32 bits only.
    np.random.seed(word % 2**32)
    torch.manual_seed(word)


def random_states(device: torch.device) -> dict[str, Any]:
    """Return the states of the generators that `seed_everything` seeds, as tensors and numbers."""
    version, words, gauss = random.getstate()
    name, numpy_words, place, has_gauss, numpy_gauss = np.random.get_state(legacy=True)
    states = {
        "python": [version, torch.tensor(words), gauss],
        "numpy": [name, torch.from_numpy(np.array(numpy_words, np.int64)), place, has_gauss, numpy_gauss],
        "torch": torch.get_rng_state(),
    }
    return states | ({"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {})


def set_random_states(states: dict[str, Any], device: torch.device) -> None:
    """Let the generators go on from `states`, which `random_states` returned."""
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words.tolist()), gauss))
    name, numpy_words, *others = states["numpy"]
    np.random.set_state((name, numpy_words.cpu().numpy().astype(np.uint32), *others))
    torch.set_rng_state(states["torch"].cpu())
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"].cpu(), device)


def choose_algorithms(deterministic: bool) -> None:
    """Allow only deterministic algorithms, or let cuDNN search for the fastest."""
    torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.benchmark = not deterministic
