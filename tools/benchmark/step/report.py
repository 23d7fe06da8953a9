"""What the turns say, as a table: seconds, ratios within a round with their spread, memory, use of the device."""

from collections.abc import Sequence
from statistics import median

import pandas as pd

from benchmark.step.run import Found, Turn
from benchmark.step.spec import BARE, OURS

UNITS = {"train": "training step", "evaluate": "test video"}


def table(found: Found) -> pd.DataFrame:
    """Return a row for each kind of work and contestant.

    ours is so many times as fast: the contestant's time over ours within a round, median and range. MFU: the network's
    operations a second over those of a large matrix product on the same device.
    """
    rows = []
    for kind, unit in UNITS.items():
        turns = [turn for turn in found.turns if turn.what == kind]
        for name in dict.fromkeys(turn.contestant for turn in turns):
            own = [turn for turn in turns if turn.contestant == name]
            seconds = median(turn.seconds for turn in own)
            flops = found.flops[name]
            rows.append(
                {
                    "": unit,
                    "contestant": name,
                    "seconds": f"{seconds:.3f}",
                    "processor seconds": f"{median(turn.processor_seconds for turn in own):.3f}",
                    "ours is so many times as fast": _spread(ratios(turns, name)),
                    "highest MB": f"{max(turn.megabytes for turn in own):.0f}",
                    "MFU": f"{100 * flops[kind] / seconds / flops['peak']:.0f} %",
                }
            )
    return pd.DataFrame(rows)


def added(found: Found) -> list[str]:
    """Return lines that say what our loop adds to the bare one, in which the same network computes in the same way."""
    lines = []
    for kind, unit in UNITS.items():
        turns = [turn for turn in found.turns if turn.what == kind]
        if turns:
            seconds, processor = (_more(turns, measure) for measure in ("seconds", "processor_seconds"))
            lines.append(f"our loop adds to the bare loop's {unit}: {seconds} of time, {processor} of processor time")
    return lines


def ratios(turns: Sequence[Turn], name: str, measure: str = "seconds") -> list[float]:
    """Return the seconds, or "processor_seconds", of the contestant `name` over ours, round by round."""
    ours = {turn.round: getattr(turn, measure) for turn in turns if turn.contestant == OURS}
    return [getattr(turn, measure) / ours[turn.round] for turn in turns if turn.contestant == name]


def _more(turns: Sequence[Turn], measure: str) -> str:
    shares = [100 * (1 / ratio - 1) for ratio in ratios(turns, BARE, measure)]
    return f"{median(shares):.1f} % ({min(shares):.1f} to {max(shares):.1f})"


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"
