"""Turn pictures upright, as the display matrix says that phones write beside a video."""

import struct
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Upright:
    """Describe how to turn a coded picture into the one that is shown: transpose first, then flip."""

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return the (height, width) that a coded picture of this size has once it is upright."""
        return (width, height) if self.transpose else (height, width)

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """Return a view of `picture`, (H, W, C), turned upright."""
        picture = picture.swapaxes(0, 1) if self.transpose else picture
        picture = picture[::-1] if self.flip_rows else picture
        return picture[:, ::-1] if self.flip_columns else picture


def from_display_matrix(matrix: bytes) -> Upright:
    """Read libav's DISPLAYMATRIX side data (nine int32, native order), rounded to the nearest quarter turn.

    A pixel at (x, y) is shown at (a x + c y, b x + d y), up to a shift. Source: libavutil/display.h.
    """
    a, b, _, c, d, *_ = struct.unpack("=9i", matrix[:36])
    # If b and c dominate, x becomes the vertical direction: the picture is transposed. A negative factor reverses a
    # direction, b and d the vertical one, a and c the horizontal one.
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Upright(transpose=True, flip_rows=b < 0, flip_columns=c < 0)
    return Upright(transpose=False, flip_rows=d < 0, flip_columns=a < 0)
