"""The settings of prepared copies."""

from dataclasses import dataclass
from functools import cached_property

from pyvideoai.errors import UserError

PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Describe the copies. short_side: in pixels, None: unchanged; nothing is enlarged.

    jpeg: write frames as images of this quality instead of H.264. gop: frames from one key frame to the next. bframes:
    B-frames in a row, on which no other frame depends and which our reader skips if they aren't requested. crf: 0
    (lossless) to 51. preset: x264's. Raises UserError.

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
        """Return all that decides about a copy's pixels, as options of the command line; the manifest records it."""
        side = f"--short_side {'none' if self.short_side is None else self.short_side}"
        if self.jpeg is not None:
            return f"{side} --jpeg {self.jpeg}"
        return f"{side} --crf {self.crf} --gop {self.gop} --bframes {self.bframes} --preset {self.preset}"

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return the (height, width) of a copy; even for H.264, in which 2 x 2 pixels share a colour."""
        scale = min(1.0, (self.short_side or min(height, width)) / min(height, width))
        if self.jpeg is not None:
            return max(round(height * scale), 1), max(round(width * scale), 1)
        return _even(height * scale, height), _even(width * scale, width)


def _even(wanted: float, most: int) -> int:
    """Return the nearest even number not above `most`: nothing is enlarged, except that a single pixel is doubled."""
    return max(min(2 * round(wanted / 2), most - most % 2), 2)
