"""Compute when frames are shown, and how many a second, from the frames' own times if a file has them.

Arithmetic only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

UNEVEN = 0.5  # frame durations: if no frame is off by as much, times are even and need not be kept
FPS_UNKNOWN = 25.0  # if neither the container nor two times tell
HIGHEST_RATE = 1000  # frames per second; a container that declares as many means its clock (DV: 60,000)


@dataclass(frozen=True)
class Pace:
    """Hold fps, the mean frames per second over the whole file (pauses included), and the frames' times.

    times: int64 (frames,), microseconds from the first frame to each; None if they follow each other evenly at fps, or
    the file doesn't tell.
    """

    fps: float
    times: np.ndarray | None = None


def pace(ticks: Sequence[int | None], tick: Fraction | None, rates: Sequence[Fraction | None]) -> Pace:
    """Return the pace of frames shown at `ticks`, in units of `tick` seconds; a tick of None is not known.

    rates: frames per second that the container declares, the likeliest first. A declared rate is used if the ticks are
    missing or contradictory (a frame shown before the one before it), or if it fits the ticks to within their rounding.
    """
    rates = [float(rate) for rate in rates if rate and rate < HIGHEST_RATE]
    declared = rates[0] if rates else FPS_UNKNOWN
    if tick is None or len(ticks) < 2 or None in ticks or first_step_back(ticks) is not None:
        return Pace(declared)
    since_first = np.asarray(ticks, np.int64) - ticks[0]
    span, steps = int(since_first[-1]), len(ticks) - 1
    if not span:
        return Pace(declared)
    # n frames span n - 1 steps. A container rounds times to its tick (Matroska: 1 ms), so 30000/1001 fps is better
    # known from the header than from the times, if the two agree to within one tick over the whole file.
    fitting = [rate for rate in rates if abs(steps / rate / float(tick) - span) < 1]
    fps = fitting[0] if fitting else float(steps / (span * tick))
    times = since_first * float(tick * 1_000_000)
    even = np.arange(len(ticks)) * 1e6 / fps
    is_even = np.abs(times - even).max() < UNEVEN * 1e6 / fps
    return Pace(fps, None if is_even else np.round(times).astype(np.int64))


def first_step_back(ticks: Sequence[int | None]) -> int | None:
    """Return the first frame that would be shown before the one before it; None if all are in order.

    Two frames at the same time are not a contradiction.
    """
    if len(ticks) < 2 or None in ticks:
        return None
    back = np.flatnonzero(np.diff(np.asarray(ticks, np.int64)) < 0)
    return int(back[0]) + 1 if len(back) else None


def contradicts(declared: Fraction | None, fps: float, frames: int) -> bool:
    """Return whether a declared rate differs from the frames' own by more than a frame over the whole file."""
    if not declared or frames < 2:
        return False
    difference = abs((frames - 1) / fps - (frames - 1) / float(declared))
    return difference > 1.01 * max(1 / fps, 1 / float(declared))  # who counts the last frame's duration is not wrong
