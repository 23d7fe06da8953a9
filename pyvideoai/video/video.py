"""What an open video offers, whichever reader decodes it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np

Crop = tuple[int, int, int, int]  # top, left, height, width, in pixels of the upright frame


class Video(ABC):
    """An open video; use it in a `with` block.

    num_frames: how many frames decoding the file from its start gives.
    fps: mean frames per second.
    height, width: of a frame, in pixels, upright (rotation and reflection metadata applied).
    """

    path: Path
    num_frames: int
    fps: float
    height: int
    width: int

    def frames(self, indices: Sequence[int] | np.ndarray, crop: Crop | None = None) -> np.ndarray:
        """uint8 (T, H, W, 3), RGB: frame i is the i-th that decoding from the start gives, counted from 0.

        Indices may come in any order and repeat. With `crop`, only that part of each frame.
        Raises IndexError for an index or crop outside the video and VideoError where decoding fails.
        """
        wanted, places = np.unique(np.asarray(indices, dtype=np.int64).reshape(-1), return_inverse=True)
        if len(wanted) and not 0 <= wanted[0] <= wanted[-1] < self.num_frames:
            raise IndexError(f"{self.path} has frames 0 ... {self.num_frames - 1}, not {wanted[0]} ... {wanted[-1]}")
        top, left, height, width = crop or (0, 0, self.height, self.width)
        if min(top, left) < 0 or min(height, width) < 1 or top + height > self.height or left + width > self.width:
            raise IndexError(f"{self.path} is {self.height} x {self.width}; no crop {crop}")
        decoded = np.empty((len(wanted), height, width, 3), np.uint8)
        if len(wanted):
            self._decode(wanted, decoded, (top, left, height, width))
        return decoded if np.array_equal(places, np.arange(len(wanted))) else decoded[places]

    @abstractmethod
    def _decode(self, wanted: np.ndarray, into: np.ndarray, crop: Crop) -> None:
        """Write the frames `wanted` (sorted, without repeats) to `into`, (len(wanted), height, width, 3)."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file and the decoder."""

    def __enter__(self) -> "Video":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
