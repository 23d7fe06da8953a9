"""What a copy is to be like."""

from dataclasses import dataclass
from functools import cached_property

from pyvideoai.errors import UserError

PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """short_side: pixels, None: as it is; never enlarged. jpeg: frames as images of this quality instead of H.264.

    gop: frames from one key frame to the next. bframes: frames in a row that no other needs, which our reader leaves
    out where they aren't wanted. crf: 0 (lossless) to 51. preset: x264's. Raises UserError.

    The defaults are measured: docs/BENCHMARKS.md.
    """

    short_side: int | None = 256
    jpeg: int | None = None
    gop: int = 12
    bframes: int = 3
    crf: int = 20
    preset: str = "medium"

    def __post_init__(self) -> None:
        side = self.short_side
        if side is not None and (side < 16 or (side % 2 and self.jpeg is None)):
            raise UserError(f"--short_side {side}: it must be 16 or more, and even unless --jpeg is given")
        bounds = {"jpeg": (1, 100), "gop": (1, 1000), "bframes": (0, 16), "crf": (0, 51)}
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise UserError(f"--{name} {value}: it must be from {low} to {high}")

    @cached_property
    def text(self) -> str:
        """All that decides about a copy's pixels, as the command line says it; what the manifest records."""
        side = f"--short_side {'none' if self.short_side is None else self.short_side}"
        if self.jpeg is not None:
            return f"{side} --jpeg {self.jpeg}"
        return f"{side} --crf {self.crf} --gop {self.gop} --bframes {self.bframes} --preset {self.preset}"

    def size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the copy of frames of this size; even for H.264, whose colours are of 2 x 2 pixels."""
        scale = min(1.0, (self.short_side or min(height, width)) / min(height, width))
        if self.jpeg is not None:
            return max(round(height * scale), 1), max(round(width * scale), 1)
        return _even(height * scale, height), _even(width * scale, width)


def _even(wanted: float, most: int) -> int:
    """The nearest even number, but not above `most` (nothing is enlarged, only a single pixel is doubled)."""
    return max(min(2 * round(wanted / 2), most - most % 2), 2)
