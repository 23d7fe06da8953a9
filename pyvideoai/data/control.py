"""Disturb the order of a clip's frames. A model that scores as before looks at scenes and not at motion."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pyvideoai.data.sampling import ClipSampler, frames_in_test

CONTROLS = ("shuffled", "reversed", "frozen")


@dataclass(frozen=True)
class Disturbed:
    """Sample with `sampler`, then disturb the frames of each clip.

    shuffled: in a random order, which is the same whenever a video is scored, and neither forwards nor backwards where
    three different frames allow that. reversed: backwards. frozen: the middle frame, again and again.
    """

    sampler: ClipSampler
    how: Literal["shuffled", "reversed", "frozen"]

    @property
    def frames(self) -> int:
        return self.sampler.frames

    @property
    def test_frames(self) -> int:
        return frames_in_test(self.sampler)

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        """See `ClipSampler`."""
        return self._disturbed(self.sampler.train(num_frames, fps, rng), rng)

    def test(self, num_frames: int, fps: float, view: int, views: int) -> np.ndarray:
        """See `ClipSampler`."""
        indices = self.sampler.test(num_frames, fps, view, views)
        return self._disturbed(indices, np.random.default_rng([num_frames, view]))

    def _disturbed(self, indices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.how == "frozen":
            return np.full_like(indices, indices[len(indices) // 2])
        if self.how == "reversed":
            return indices[::-1]
        shuffled = rng.permutation(indices)
        # Two different frames can only be in order or reversed.
        while len(np.unique(indices)) > 2 and _is_in_order(shuffled, indices):
            shuffled = rng.permutation(indices)
        return shuffled


def _is_in_order(shuffled: np.ndarray, indices: np.ndarray) -> bool:
    return np.array_equal(shuffled, indices) or np.array_equal(shuffled, indices[::-1])
