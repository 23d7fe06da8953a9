"""Put the results of a sweep into tables: a row for each run, and means over what `average_over` names."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from pyvideoai.engine.checks import higher_is_better
from pyvideoai.errors import counted
from pyvideoai.files import write_whole
from pyvideoai.reporting.spreadsheet import cell
from pyvideoai.scoring.selection import selection_of
from pyvideoai.sweeping.children import FINISHED, state_of, version_of_run
from pyvideoai.sweeping.plan import Plan, Planned

Row = dict[str, Any]


def rows_of(plan: Plan) -> list[Row]:
    """Return a row for each run: what it varies, its state, and for finished ones the scores of the best weights."""
    return [{**run.varied, "state": state_of(run), **scores_of(run)} for run in plan.runs]


def scores_of(run: Planned) -> Row:
    """Return the scores of a run's best weights, on val and on what is scored at the end; {} if it hasn't finished."""
    folder = version_of_run(run)
    if folder is None or state_of(run) != FINISHED:
        return {}
    results = folder.read_results()
    score, choice, split = results.get("best") or results.get("last"), results.get("choice"), results.get("split")
    row: Row = {choice["by"]: choice["value"]} if choice else {}
    if score:
        row |= {"epoch": score["epoch"]}
        row |= {f"{split}/{name}": value for name, value in score["metrics"].items()}
    return {**row, "folder": str(folder.path)}


def averaged(plan: Plan, rows: Sequence[Row]) -> list[Row]:
    """Return a row for each combination of the other settings: the number of runs, mean and sd of each score."""
    groups: dict[tuple, list[Row]] = {}
    for run, row in zip(plan.runs, rows, strict=True):
        if row["state"] == FINISHED:
            key = tuple((name, repr(value)) for name, value in run.varied.items() if name not in plan.average_over)
            groups.setdefault(key, []).append(row)
    made = []
    for key, members in groups.items():
        row: Row = {name: members[0][name] for name, _ in key} | {"runs": len(members)}
        for name in _scores(members):
            values = [member[name] for member in members]
            row |= {name: mean(values), f"{name} sd": stdev(values) if len(values) > 1 else None}
        made.append(row)
    return made


def best_line(plan: Plan, rows: Sequence[Row]) -> str | None:
    """Return the line that names the row with the best value on val, and how many others equal it; None if no row has
    one.
    """
    selection = selection_of(plan.runs[0].config)
    scored = [row for row in rows if isinstance(row.get(selection.select), float | int)]
    if len(scored) < 2:
        return None
    sign = 1 if higher_is_better(selection.select, selection.metrics) else -1
    best = max(scored, key=lambda row: sign * row[selection.select])
    names = [name for name in plan.runs[0].varied if name in best]
    settings = ",".join(f"{name}={best[name]}" for name in names)
    equals = sum(row[selection.select] == best[selection.select] for row in scored) - 1
    note = f" (so {'has' if equals == 1 else 'have'} {counted(equals, 'other')})" if equals else ""
    return f"best by {selection.select}: {settings}, {best[selection.select]:.4g}{note}"


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as CSV, whole."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(cell, names))
    for row in rows:
        values = [row.get(name) for name in names]
        writer.writerow(["" if value is None else cell(_plain(value)) for value in values])
    write_whole(path, text.getvalue())


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)


def _scores(members: Sequence[Row]) -> list[str]:
    """Return the names of the scores that all rows have."""
    names = [name for name in members[0] if "/" in name]
    return [name for name in names if all(isinstance(row.get(name), float | int) for row in members)]
