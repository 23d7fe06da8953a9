"""Put several runs side by side: scores, settings that differ, mean ± sd over seeds and folds, paired differences."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from pyvideoai.errors import UserError
from pyvideoai.inspection.paired import Difference, difference
from pyvideoai.inspection.runs import Run, different
from pyvideoai.scoring.fusing import aligned

SEED, SPLIT, SPLIT_SEED, FOLD = "seed", "dataset.split", "dataset.split_seed", "dataset.fold"
WORDS = {SEED: "seeds", SPLIT: "splits", SPLIT_SEED: "split seeds", FOLD: "folds"}
VARIED = ((SEED,), (SPLIT,), (SPLIT_SEED,), (FOLD,), (SEED, SPLIT), (SEED, SPLIT_SEED), (SEED, FOLD))
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Repeats:
    """Hold runs that repeat each other. spreads: by metric, mean and standard deviation."""

    title: str
    spreads: dict[str, tuple[float, float]]

    @property
    def texts(self) -> list[str]:
        return [_spread(name, *spread) for name, spread in self.spreads.items()]


def rows_of(runs: Sequence[Run], ignored: Collection[str] = ()) -> Rows:
    """Return a row for each run: name, epoch, metrics, interval, the settings that differ, and how it differs from the
    first run on the same videos. ignored: settings that change no result, such as workers.
    """
    settings = different(runs, ignored)
    rows = []
    for place, run in enumerate(runs):
        score = run.score
        low, high = score.get("top1_interval95") or (None, None)
        row = {"run": run.name, "split": run.results["split"], "epoch": score["epoch"], "videos": score["videos"]}
        row |= {**score["metrics"], "low95": low, "high95": high}
        row |= {name: values[place] for name, values in settings.items()}
        rows.append(row | (_paired(runs[0], run) if place else {}))
    return rows


def repeats(runs: Sequence[Run], rows: Rows) -> list[Repeats]:
    """Return the groups of runs that differ only in their seed, only in their split or fold, or only in both."""
    found = []
    for names in VARIED:
        groups: dict[tuple, list[int]] = {}
        for place, run in enumerate(runs):
            own = {name: value for name, value in run.settings.items() if name not in names}
            groups.setdefault((run.results["split"], *sorted(own.items())), []).append(place)
        for places in groups.values():
            over = {name: tuple(runs[each].settings.get(name, "?") for each in places) for name in names}
            if all(len(set(values)) > 1 for values in over.values()):
                found.append(_repeats(runs, rows, over, places))
    return found


def over_seeds(runs: Sequence[Run], rows: Rows) -> list[str]:
    """Return a line for each group of runs that repeat each other with another seed or split: mean ± deviation."""
    return [f"{each.title}: {', '.join(each.texts)}" for each in repeats(runs, rows)]


def _repeats(runs: Sequence[Run], rows: Rows, over: dict[str, tuple[str, ...]], places: Sequence[int]) -> Repeats:
    names = [name for name in runs[places[0]].score["metrics"] if all(name in rows[each] for each in places)]
    spreads = {name: [rows[each][name] for each in places] for name in names}
    told = "; ".join(f"{WORDS[name]} {', '.join(dict.fromkeys(values))}" for name, values in over.items())
    title = f"{rows[places[0]]['run']} and {len(places) - 1} more ({told})"
    return Repeats(title, {name: (mean(values), stdev(values)) for name, values in spreads.items()})


def table_lines(rows: Rows) -> list[str]:
    """Return the rows as a table for the console; a column that no row fills is left out."""
    names = list(dict.fromkeys(name for row in rows for name in row if row[name] is not None))
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def check_comparable(runs: Sequence[Run]) -> None:
    """Raise UserError for runs of other classes than the first one's."""
    first = runs[0].folder.read_run()["classes"]
    for run in runs[1:]:
        if run.folder.read_run()["classes"] != first:
            raise UserError(f"{run.folder.path} has other classes than {runs[0].folder.path}: scores can't be compared")


def differing_splits(runs: Sequence[Run]) -> Path | None:
    """Return the folder of a run that was scored on other videos than the first one; None if all share their videos."""
    facts = [(run.results["split"], run.folder.read_run()["splits"].get(run.results["split"])) for run in runs]
    return next((run.folder.path for run, each in zip(runs, facts, strict=True) if each != facts[0]), None)


def _paired(base: Run, other: Run) -> dict[str, Any]:
    pair = base.predictions(), other.predictions()
    if pair[0] is None or pair[1] is None or not set(pair[0].keys.tolist()) & set(pair[1].keys.tolist()):
        return {}
    found: Difference = difference(*aligned([pair[0], pair[1]])[0])
    p = {} if found.p is None else {"p_mcnemar": found.p}
    return {"gain": found.gain, "gain_low95": found.low, "gain_high95": found.high, **p}


def _spread(name: str, average: float, deviation: float) -> str:
    digits = 3 if name.startswith("loss") else 1
    return f"{name} {average:.{digits}f} ± {deviation:.{digits}f}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
