"""What is drawn for erasing: apart from `values`, which erases, so that neither file imports the other."""

from dataclasses import dataclass

Box = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Holes:
    """What `RandomErasing` fills in a clip: boxes (first frame, end, top, bottom, left, right); the noise's seed."""

    boxes: tuple[Box, ...]
    seed: int
