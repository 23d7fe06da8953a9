"""The interface of an open video, the same for all readers."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from pyvideoai.video.errors import naming

IMAGES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})  # a folder of these is a video too
TOLERANCE = 1e-6  # seconds, or of a frame: 0.28 s at 25 fps is frame 7
STREAMED = 16  # frames that `stream` asks a reader for at a time
Crop = tuple[int, int, int, int]  # top, left, height, width, in pixels of the upright frame


class Video(ABC):
    """Read frames of an open video; use it in a `with` block.

    num_frames: how many frames decoding the file from its start gives.
    fps: mean frames per second, by the frames' own times if the file has them, whatever its header declares.
    height, width: of a frame, in pixels, upright (rotation and reflection metadata applied).
    times: float64 (num_frames,), seconds from the first frame to each; None if frames follow each other evenly at fps,
        as far as the file tells.
    """

    path: Path
    num_frames: int
    fps: float
    height: int
    width: int
    times: np.ndarray | None = None

    def frame_at(self, second: float) -> int:
        """Return the first frame that is shown at this time or later; `num_frames` or more after the last one."""
        if self.times is None:
            return math.ceil(second * self.fps - TOLERANCE)
        return int(np.searchsorted(self.times, second - TOLERANCE))

    def frames(self, indices: Sequence[int] | np.ndarray, crop: Crop | None = None) -> np.ndarray:
        """Return uint8 (T, H, W, 3), RGB: frame i is the i-th that decoding from the start gives, counted from 0.

        Indices may come in any order and repeat. With `crop`, only that part of each frame is returned.
        Raises IndexError for an index or crop outside the video and VideoError if decoding fails.
        """
        top, left, height, width = crop or (0, 0, self.height, self.width)
        if min(top, left) < 0 or min(height, width) < 1 or top + height > self.height or left + width > self.width:
            raise IndexError(f"{self.path} is {self.height} x {self.width}; no crop {crop}")
        frames = np.empty((len(indices), height, width, 3), np.uint8)
        for places, picture in self.pictures(indices):
            frames[places] = picture[top : top + height, left : left + width]
        return frames

    def pictures(self, indices: Sequence[int] | np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (places in `indices`, their frame: uint8 (H, W, 3), RGB) for each different frame, as it is decoded.

        A frame may only be read, and only until the next one is asked for. In a damaged file a place may come twice;
        its last frame counts. Work on a frame at once: while it is in the processor's cache, that costs half of doing
        it later. Raises as `frames` does.
        """
        wanted, inverse, counts = np.unique(
            np.asarray(indices, dtype=np.int64).reshape(-1), return_inverse=True, return_counts=True
        )
        if len(wanted) and not 0 <= wanted[0] <= wanted[-1] < self.num_frames:
            raise IndexError(f"{self.path} has frames 0 ... {self.num_frames - 1}, not {wanted[0]} ... {wanted[-1]}")
        places = np.split(np.argsort(inverse, kind="stable"), np.cumsum(counts)[:-1])
        with naming(self.path):
            for number, picture in self._decode(wanted) if len(wanted) else ():
                yield places[number], picture

    def stream(self, wanted: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (index, its frame: uint8 (H, W, 3), RGB) for rising indices, which may be made while frames come.

        It is for videos of any length: nothing is remembered but a few frames. A frame may only be read, and only until
        the next one is asked for. Raises as `frames` does.
        """
        rest = iter(wanted)
        while some := list(islice(rest, STREAMED)):
            yield from zip(some, self.frames(some), strict=True)

    def glimpses(self, seconds: Sequence[float]) -> Iterator[np.ndarray]:
        """Yield a frame, uint8 (H, W, 3), near each of the rising times: for looking at, fast rather than exact."""
        indices = [max(min(self.frame_at(second), self.num_frames - 1), 0) for second in seconds]
        yield from self.frames(indices)

    @abstractmethod
    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (number in `wanted`, its frame) for the frames `wanted` (sorted, without repeats); see `pictures`."""

    @abstractmethod
    def close(self) -> None:
        """Close the file and the decoder."""

    def __enter__(self) -> "Video":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
