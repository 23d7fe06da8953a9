"""The sections of several runs: scores, settings that differ, spread over seeds, gains class by class, curves."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from pyvideoai.errors import UserError, counted
from pyvideoai.inspection.compare import check_comparable, differing_splits, repeats, rows_of
from pyvideoai.inspection.page.blocks import Cell, Charts, Section, Table, Text, number, small
from pyvideoai.inspection.page.charts import Series, line_chart
from pyvideoai.inspection.page.one import Blocks, percent_range, points, section
from pyvideoai.inspection.paired import mcnemar
from pyvideoai.inspection.runs import Run, different
from pyvideoai.metrics.by_class import recalls
from pyvideoai.reporting.lines import Wording
from pyvideoai.scoring.fusing import Saved, aligned

COLOURS = 8  # of lines in a chart
FIRST = ("val/loss", "val/top1", "val/map", "train/loss", "train/top1")  # curves that are overlaid in any case
GAIN = ("gain", "gain_low95", "gain_high95", "p_mcnemar")


def lead(runs: Sequence[Run]) -> str:
    """Return the sentence below the heading. Raises UserError for runs that can't be compared."""
    check_comparable(runs)
    odd = differing_splits(runs)
    note = f" {odd} was scored on other videos than the first run: gains are over those they share." if odd else ""
    return (
        f"{counted(len(runs), 'run')} of {counted(len(runs[0].classes), 'class')}; gains are over the first run.{note}"
    )


def sections(runs: Sequence[Run], ignored: Collection[str]) -> list[Section]:
    """Return the sections. Raises UserError for a run without a score."""
    rows = rows_of(runs, ignored)
    letters = [_letter(place) for place in range(len(runs))]
    return [
        Section("runs", "Runs", [_names(runs, letters)]),
        Section("results", "Results", _results(runs, rows, letters)),
        Section("settings", "Settings that differ", _settings(runs, letters, ignored)),
        Section("repeats", "Mean ± standard deviation", _repeats(runs, rows)),
        section("gains", "Gains over the first run, class by class", _gains, runs, letters),
        section("curves", "Curves", _curves, runs, letters),
    ]


def _names(runs: Sequence[Run], letters: Sequence[str]) -> Table:
    rows = [[Cell(letter), Cell(run.name)] for letter, run in zip(letters, runs, strict=True)]
    return Table(("run", "experiment"), rows)


def _results(runs: Sequence[Run], rows: Sequence[dict[str, Any]], letters: Sequence[str]) -> Blocks:
    wording = Wording()
    metrics = list(dict.fromkeys(name for run in runs for name in run.score["metrics"]))
    cells = []
    for letter, row in zip(letters, rows, strict=True):
        scores = [number(row.get(name), 3 if name.startswith("loss") else 2) for name in metrics]
        cells.append([Cell(letter), Cell(row["split"]), number(row["epoch"], 0), number(row["videos"], 0), *scores,
                      _interval(row["low95"], row["high95"]), *_gain(row)])  # fmt: skip
    columns = ["run", "split", "epoch", "videos", *map(wording.title, metrics), "95 % interval", "gain over the first",
               "95 % interval of the gain", "p (McNemar)"]  # fmt: skip
    words = (
        "Gains are on the videos that both runs have, in points of top-1 (multi-label: mAP), with intervals by "
        "bootstrap over these videos. An interval that holds 0 may be chance."
    )
    return [Table(columns, cells), Text(words)]


def _gain(row: dict[str, Any]) -> list[Cell]:
    gain, low, high, p = (row.get(name) for name in GAIN)
    told = Cell("") if gain is None else Cell(f"{gain:+.1f}", gain)
    return [told, _interval(low, high, "+"), number(None) if p is None else small(p)]


def _interval(low: float | None, high: float | None, sign: str = "") -> Cell:
    return Cell("" if low is None or high is None else f"{low:{sign}.1f} to {high:{sign}.1f}")


def _settings(runs: Sequence[Run], letters: Sequence[str], ignored: Collection[str]) -> Blocks:
    found = different(runs, ignored)
    if not found:
        return [Text("No setting that changes a result differs.")]
    rows = [[Cell(name), *map(Cell, values)] for name, values in found.items()]
    return [Table(["setting", *letters], rows)]


def _repeats(runs: Sequence[Run], rows: list[dict[str, Any]]) -> Blocks:
    found = repeats(runs, rows)
    if not found:
        return [Text("No two runs differ only in their seed, split or fold.")]
    wording, metrics = Wording(), list(dict.fromkeys(name for each in found for name in each.spreads))
    rows = [
        [
            Cell(each.title),
            *(_spread(name, each.spreads[name]) if name in each.spreads else Cell("") for name in metrics),
        ]
        for each in found
    ]
    return [Table(["runs", *map(wording.title, metrics)], rows)]


def _spread(name: str, spread: tuple[float, float]) -> Cell:
    digits = 3 if name.startswith("loss") else 1
    return Cell(f"{spread[0]:.{digits}f} ± {spread[1]:.{digits}f}", spread[0])


def _gains(runs: Sequence[Run], letters: Sequence[str]) -> Blocks:
    """Show how each run's recall of each class differs from the first run's, on the videos that both have."""
    base, columns, gains = runs[0].saved(), list[str](), list[list[Cell]]()
    for letter, run in zip(letters[1:], runs[1:], strict=True):
        pair, _ = aligned([base, run.saved()])
        columns += [f"{letter} gain", f"{letter} won", f"{letter} lost", f"{letter} p"]
        gains.append([cell for of_class in _of_classes(*pair) for cell in of_class])
    names = runs[0].classes
    rows = [
        [Cell(name), *(cell for of_run in gains for cell in of_run[4 * place : 4 * place + 4])]
        for place, name in enumerate(names)
    ]
    words = (
        "Points of recall (a class's accuracy), and its videos that only this run, or only the first, has right. p is "
        "of McNemar's exact test, not corrected: of twenty classes, one is below 0.05 by chance."
    )
    return [Text(words), Table(["class", *columns], rows)]


def _of_classes(base: Saved, other: Saved) -> list[list[Cell]]:
    """Return gain, videos won, videos lost and p of each class."""
    decided = [each.task.by_class(each.outcomes(each.probabilities)) for each in (base, other)]
    truth = decided[0][0].labels
    before, after = (recalls(truth, chosen) for _, chosen in decided)
    won = (truth & decided[1][1] & ~decided[0][1]).sum(axis=0)
    lost = (truth & ~decided[1][1] & decided[0][1]).sum(axis=0)
    return [
        [_points(float(gain)), number(int(up), 0), number(int(down), 0), small(mcnemar(int(up), int(down)))]
        for gain, up, down in zip(100 * (after - before), won, lost, strict=True)
    ]


def _points(gain: float) -> Cell:
    return number(None) if np.isnan(gain) else Cell(f"{gain:+.1f}", gain, gain / 100)


def _curves(runs: Sequence[Run], letters: Sequence[str]) -> Blocks:
    wording, charts = Wording(), []
    if len(runs) > COLOURS:
        raise UserError(f"curves of more than {COLOURS} runs can't be told apart: give fewer folders")
    for name in [each for each in _overlaid(runs) if all(points(run.history, each) for run in runs)]:
        lines = [
            Series(letter, f"run{place}", points(run.history, name))
            for place, (letter, run) in enumerate(zip(letters, runs, strict=True))
        ]
        split, _, metric = name.partition("/")
        percent = wording.is_percent(metric)
        title = f"{split} {wording.title(metric)}{' (%)' * percent}"
        charts.append(line_chart(title, lines, y_range=percent_range(lines) if percent else None))
    return [Charts(charts)]


def _overlaid(runs: Sequence[Run]) -> list[str]:
    """Return the names of the usual curves, and of those that chose a best epoch."""
    chose = [name for run in runs if (name := run.results.get("selected_by"))]
    return list(dict.fromkeys([*FIRST, *chose]))


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"run {place + 1}"
