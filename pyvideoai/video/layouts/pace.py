"""When frames are shown, and how many a second: by the frames' own times where a file tells them. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

UNEVEN = 0.5  # frames by which one may be shown early or late before each one's time is kept
FPS_UNKNOWN = 25.0  # where neither the container nor two times tell
HIGHEST_RATE = 1000  # frames per second; a container that declares as many means its clock (DV: 60,000)


@dataclass(frozen=True)
class Pace:
    """fps: mean frames per second, over the whole file; a pause counts as what it is.

    times: int64 (frames,), microseconds from the first frame to each; None where they follow each other evenly at fps,
    or the file doesn't tell.
    """

    fps: float
    times: np.ndarray | None = None


def pace(ticks: Sequence[int | None], tick: Fraction | None, rates: Sequence[Fraction | None]) -> Pace:
    """The pace of frames shown at `ticks`, in units of `tick` seconds, None where a frame's time isn't known.

    rates: frames per second that the container declares, the likeliest first. They count where the ticks say nothing
    or what can't be (a frame shown before the one before it), and where they fit the ticks to within their rounding.
    """
    rates = [float(rate) for rate in rates if rate and rate < HIGHEST_RATE]
    declared = rates[0] if rates else FPS_UNKNOWN
    if tick is None or len(ticks) < 2 or None in ticks or first_step_back(ticks) is not None:
        return Pace(declared)
    since_first = np.asarray(ticks, np.int64) - ticks[0]
    span, steps = int(since_first[-1]), len(ticks) - 1
    if not span:
        return Pace(declared)
    fitting = [rate for rate in rates if abs(steps / rate / float(tick) - span) < 1]
    fps = fitting[0] if fitting else float(steps / (span * tick))
    times = since_first * float(tick * 1_000_000)
    even = np.arange(len(ticks)) * 1e6 / fps
    is_even = np.abs(times - even).max() < UNEVEN * 1e6 / fps
    return Pace(fps, None if is_even else np.round(times).astype(np.int64))


def first_step_back(ticks: Sequence[int | None]) -> int | None:
    """The first frame that would be shown before the one before it. Two at the same time are no contradiction."""
    if len(ticks) < 2 or None in ticks:
        return None
    back = np.flatnonzero(np.diff(np.asarray(ticks, np.int64)) < 0)
    return int(back[0]) + 1 if len(back) else None


def contradicts(declared: Fraction | None, fps: float, frames: int) -> bool:
    """Whether a declared rate is another one than that of the frames' times, by more than a frame over the file."""
    if not declared or frames < 2:
        return False
    difference = abs((frames - 1) / fps - (frames - 1) / float(declared))
    return difference > 1.01 * max(1 / fps, 1 / float(declared))  # who counts the last frame's duration is not wrong
