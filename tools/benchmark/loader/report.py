"""What the turns say: rates, ratios round by round, shares; as a table for people, CSV and Markdown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmark.loader.limit import Limit
from benchmark.loader.ours import Ours, Prepared
from benchmark.loader.stopwatch import AFTER, STAGES
from benchmark.loader.timing import Turn

if TYPE_CHECKING:
    import pandas as pd

OURS, COPIES, LIMIT = Ours.name, Prepared.name, Limit.name


def summary(turns: Sequence[Turn], exact: dict[tuple[str, str, str], float]) -> "pd.DataFrame":
    """Return a row per group, protocol and contestant."""
    import pandas as pd

    rows = []
    for group, protocol in dict.fromkeys((turn.group, turn.protocol) for turn in turns):
        mine = [turn for turn in turns if (turn.group, turn.protocol) == (group, protocol)]
        for name in dict.fromkeys(sorted((turn.contestant for turn in mine), key=_rank)):
            row = {"group": group, "protocol": protocol, "contestant": name, "unit": mine[0].unit}
            rows.append(row | _row(mine, name) | {"exact": exact.get((group, protocol, name), np.nan)})
    return pd.DataFrame(rows)


def _rank(name: str) -> tuple[bool, bool, bool, str]:
    return name == LIMIT, name != OURS, name != COPIES, name


def _row(turns: Sequence[Turn], name: str) -> dict[str, float]:
    own = [turn for turn in turns if turn.contestant == name]
    done = [turn for turn in own if not turn.failure]
    seconds = sum(turn.total for turn in done)
    times = ratios(turns, slower=name, faster=OURS)
    share = ratios(turns, slower=LIMIT, faster=name)
    stages = {f"{stage}_ms": _mean_ms(done, stage) for stage in (*STAGES, *AFTER)}
    return {
        "per_s": sum(turn.items for turn in done) / seconds if seconds else np.nan,
        "times": _median(times),
        "times_low": min(times, default=np.nan),
        "times_high": max(times, default=np.nan),
        "limit_share": _median(share),
        "failed": 1 - len(done) / len(own),
        **stages,
    }


def ratios(turns: Sequence[Turn], *, slower: str, faster: str) -> list[float]:
    """Per round: the time of `slower` through that of `faster`, over the jobs that both have done."""
    found = []
    for number in sorted({turn.round for turn in turns}):
        by_name = {
            name: {t.video: t.total for t in turns if t.contestant == name and t.round == number and not t.failure}
            for name in (slower, faster)
        }
        both = by_name[slower].keys() & by_name[faster].keys()
        if both:
            found.append(sum(by_name[slower][each] for each in both) / sum(by_name[faster][each] for each in both))
    return found


def compared(turns: Sequence[Turn], one: str, other: str) -> list[str]:
    """Return for each group and protocol a line that says how many times as fast as another contestant one is."""
    lines = []
    for group, protocol in dict.fromkeys((turn.group, turn.protocol) for turn in turns):
        mine = [turn for turn in turns if (turn.group, turn.protocol) == (group, protocol)]
        found = ratios(mine, slower=other, faster=one)
        if found:
            low, high = min(found), max(found)
            lines.append(f"{one}: {_median(found):.2f}x as fast as {other} ({low:.2f}-{high:.2f}), {group}, {protocol}")
    return lines


def _mean_ms(turns: Sequence[Turn], stage: str) -> float:
    items = sum(turn.items for turn in turns)
    return 1000 * sum(turn.seconds.get(stage, 0.0) for turn in turns) / items if items else np.nan


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if len(values) else np.nan


def turns_table(turns: Sequence[Turn]) -> "pd.DataFrame":
    """Return a row per turn, with its seconds per stage."""
    import pandas as pd

    columns = ("protocol", "group", "contestant", "video", "round", "failure")
    rows = [{name: getattr(turn, name) for name in columns} for turn in turns]
    return pd.DataFrame(
        [row | {f"{s}_s": t.seconds.get(s) for s in (*STAGES, *AFTER)} for row, t in zip(rows, turns, strict=True)]
    )


def readable(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the summary's numbers as texts for people."""
    import pandas as pd

    shown = {
        "videos": table["group"],
        "what": table["protocol"],
        "who": table["contestant"],
        "per core and s": [_number(value, 1) for value in table["per_s"]],
        "PyVideoAI is": [_times(row) for row in table.to_dict("records")],
        "of the limit": [_percent(row["limit_share"] * _same_videos(row)) for row in table.to_dict("records")],
        "clips exact": [_percent(value) for value in table["exact"]],
        "failed": [_percent(value) if value else "" for value in table["failed"]],
    }
    stages = {f"{stage} ms": [_number(value, 1) for value in table[f"{stage}_ms"]] for stage in (*STAGES, *AFTER)}
    return pd.DataFrame({**shown, **stages})


def markdown(shown: "pd.DataFrame") -> str:
    """Return a table of texts as Markdown."""
    lines = [list(shown.columns), ["---"] * len(shown.columns), *shown.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _times(row: dict) -> str:
    if row["contestant"] in (OURS, LIMIT, COPIES) or not np.isfinite(row["times"]):
        return ""
    return f"{row['times']:.2f}x ({row['times_low']:.2f}-{row['times_high']:.2f})"


def _same_videos(row: dict) -> float:
    """Return 1 if a contestant read the same files as the limit; else not a number."""
    return np.nan if row["contestant"] == COPIES else 1.0


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else ""


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %" if np.isfinite(value) else ""
