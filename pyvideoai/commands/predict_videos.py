"""The part of tools/run_predict.py that goes through videos: lines, progress, records, and the exit code."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyvideoai.annotations.names import in_one_line, some
from pyvideoai.data import worker_count
from pyvideoai.errors import UserError, counted
from pyvideoai.predicting.many import Prediction, predict_table
from pyvideoai.predicting.records import open_records
from pyvideoai.predicting.scorer import Named, Scorer
from pyvideoai.predicting.sources import EDGES, extra_columns, read_sources
from pyvideoai.reporting.reporter import Reporter

if TYPE_CHECKING:
    import pandas as pd


def predict_videos(scorer: Scorer, sources: Sequence[str], options: argparse.Namespace, reporter: Reporter) -> int:
    """Predict each video; return the exit code."""
    table = read_sources(sources, sys.stdin)
    if table.empty:
        raise UserError("no videos in what was given")
    failed: list[str] = []
    workers = worker_count(scorer.trained.config.exp.workers)
    with open_records(options.output) as write, reporter.progress("predicting", len(table)) as progress:
        for each in predict_table(scorer, table, top=options.top, workers=workers):
            row = table.iloc[each.row]
            write(_record(each, row, table))
            failed += [each.video] if each.error else []
            if each.error or options.output is None:
                reporter.log(f"{in_one_line(each.video)}{_part(row)}  {said(each.top) or f'FAILED: {each.error}'}")
            progress.update(1)
    report(len(table), "row" if set(EDGES) & set(table) else "video", failed, options, reporter)
    return 1 if failed else 0


def report(count: int, what: str, failed: Sequence[str], options: argparse.Namespace, reporter: Reporter) -> None:
    """Say how many there were, which failed, and where the predictions are."""
    told = f"; {len(failed)} could not be decoded: {some(failed)}" if failed else ""
    reporter.log(f"{counted(count, what)}{told}")
    if options.output:
        reporter.log(f"predictions: {options.output.absolute()}")


def said(top: Sequence[Named]) -> str:
    """Return the classes with their probabilities: "left 98.1 %, right 1.0 %"."""
    return ", ".join(f"{in_one_line(label)} {100 * share:.1f} %" for label, share in top)


def _record(each: Prediction, row: Mapping[str, Any], table: "pd.DataFrame") -> dict[str, Any]:
    given = {name: row[name] for name in extra_columns(table)}
    return {"video": each.video, **dict(_bounds(row)), **given, "top": each.top, "error": each.error}


def _bounds(row: Mapping[str, Any]) -> Iterator[tuple[str, float | int | None]]:
    """Yield the columns that bound the row's part of its video; None for an empty cell."""
    for name in EDGES:
        if name in row:
            value = float(row[name])
            exact = int(value) if value.is_integer() else value
            yield name, None if value != value else exact


def _part(row: Mapping[str, Any]) -> str:
    bounds = [f"{name} {value:g}" for name, value in _bounds(row) if value is not None]
    return f" ({', '.join(bounds)})" if bounds else ""
