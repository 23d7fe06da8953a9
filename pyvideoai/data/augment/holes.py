"""The boxes that erasing draws, in a file of their own so that `values` and `erasing` don't import each other."""

from dataclasses import dataclass

Box = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Holes:
    """Hold what `RandomErasing` fills in a clip: boxes (first frame, end, top, bottom, left, right); the
    noise's seed.
    """

    boxes: tuple[Box, ...]
    seed: int
