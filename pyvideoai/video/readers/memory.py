"""Take frames in memory for a video: those of OpenCV, of a camera, of another decoder."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pyvideoai.errors import UserError
from pyvideoai.video.video import Video

WANTED = "frames must be uint8 (T, H, W, 3), RGB from 0 to 255, all of one size"


class MemoryVideo(Video):
    """Hold uint8 (T, H, W, 3), RGB, upright, or a list of such frames. Raises UserError for anything else."""

    def __init__(self, frames: np.ndarray | Sequence[np.ndarray], fps: float) -> None:
        try:
            self._frames = np.asarray(frames)
        except (ValueError, TypeError) as error:  # frames of several sizes; a tensor on a GPU
            raise UserError(f"{WANTED}: {str(error).partition('.')[0]}") from None
        shape = self._frames.shape
        if self._frames.dtype != np.uint8 or len(shape) != 4 or shape[3] != 3 or not all(shape):
            raise UserError(f"{WANTED}, not {self._frames.dtype} {shape}")
        if not 0 < fps < float("inf"):
            raise UserError(f"fps = {fps:g} must be above 0: the frames a second at which the frames were taken")
        self.path, self.fps = Path("frames in memory"), float(fps)
        self.num_frames, self.height, self.width = shape[:3]

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        for number, index in enumerate(wanted.tolist()):
            yield number, self._frames[index]

    def close(self) -> None:
        """Do nothing: no file is open."""
