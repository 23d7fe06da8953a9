"""The sections of one run, made from what it left in its folder. A section that lacks its file says which."""

import math
import shlex
from collections.abc import Callable, Sequence
from typing import Any

from pyvideoai.errors import UserError, counted
from pyvideoai.inspection.page.blocks import Cell, Charts, Facts, Heat, Section, Table, Text, number, small
from pyvideoai.inspection.page.charts import MOST_NAMED, Series, line_chart, matrix
from pyvideoai.inspection.page.pictures import matrix_picture
from pyvideoai.inspection.runs import Run
from pyvideoai.metrics import Reliability, reliability
from pyvideoai.reporting.confusion import worst_confusions
from pyvideoai.reporting.lines import SPLITS, Wording, duration
from pyvideoai.tasks import Confusion

COLOURS = {"train": "train", "val": "val", "val_multicrop": "multi"}
WORST = 20  # confusions
SPEED = {"clips_per_s": "clips per second", "data_wait_share": "share of the time spent waiting for data",
         "runtime_s": "seconds of training in the epoch", "memory_gb": "memory (GB)"}  # fmt: skip
Blocks = list[Any]


def scores(run: Run) -> list[Section]:
    """Return the sections on what a run scored."""
    return [
        section("results", "Results", results, run),
        section("curves", "Curves", curves, run),
        section("confusions", "Confusions", confusions, run),
        section("classes", "Classes", classes, run),
        section("calibration", "Calibration", calibration, run),
        section("slices", "Kinds of videos", slices, run),
    ]


def circumstances(run: Run) -> list[Section]:
    """Return the sections on how a run was made."""
    return [
        section("speed", "Speed", speed, run),
        section("configuration", "Configuration", configuration, run),
        section("environment", "Environment", environment, run),
    ]


def section(name: str, title: str, make: Callable[..., Blocks], *arguments: Any) -> Section:
    """Return a section, or one that says what is missing."""
    try:
        return Section(name, title, make(*arguments))
    except UserError as error:
        return Section(name, title, [Text(str(error), "warning")])


def lead(run: Run) -> str:
    """Return the sentence below the heading."""
    facts = run.folder.read_run()
    sizes = ", ".join(f"{each.get('videos', '?')} {split}" for split, each in facts["splits"].items())
    return f"{counted(len(run.classes), 'class')}; videos: {sizes}. Started {facts.get('started', '?')}."


def results(run: Run) -> Blocks:
    """Show the final scores of the last and the best weights."""
    scores = {which: run.results[which] for which in ("last", "best") if isinstance(run.results.get(which), dict)}
    names = list(dict.fromkeys(name for score in scores.values() for name in score["metrics"]))
    rows = []
    for which, score in scores.items():
        cells = [number(score["metrics"].get(name), 3 if name.startswith("loss") else 2) for name in names]
        rows.append([Cell(which), number(score["epoch"], 0), number(score["videos"], 0), *cells, *_interval(score)])
    wording = Wording()
    columns = ["weights", "epoch", "videos", *map(wording.title, names), "95 % interval of top-1"]
    columns = columns[: len(rows[0])]  # mAP has no interval
    views = f" with {run.results['views']}" if run.results.get("views") else ""
    shown: Blocks = [Text(f"Scored on {run.results['split']}{views}."), Table(columns, rows)]
    if low := [which for which, score in scores.items() if _holds_chance(score)]:
        told = f"The score of the {' and the '.join(low)} weights is not above chance, {scores[low[0]]['chance']:.1f} %"
        shown.append(Text(f"{told}: its interval holds what the most frequent class alone would score.", "warning"))
    if run.results.get("protocol") == "literature":
        shown.append(Text("The best weights were selected on test, as published numbers were.", "warning"))
    return shown


def _holds_chance(score: dict[str, Any]) -> bool:
    """Return whether a score may be chance; False for one of an older version, which doesn't say what that is."""
    chance, interval = score.get("chance"), score.get("top1_interval95")
    return bool(interval) and chance is not None and interval[0] <= chance


def _interval(score: dict[str, Any]) -> list[Cell]:
    return [Cell("{:.1f} to {:.1f}".format(*score["top1_interval95"]))] if score.get("top1_interval95") else []


def curves(run: Run) -> Blocks:
    """Show each metric and the learning rate over the epochs."""
    history, wording = run.history, Wording()
    names = list(dict.fromkeys(name.split("/", 1)[1] for row in history for name in row if "/" in name))
    charts = []
    for name in sorted(names, key=lambda each: not each.startswith("loss")):
        lines = [
            Series(label, COLOURS[split], points(history, f"{split}/{name}"))
            for split, label in SPLITS.items()
            if points(history, f"{split}/{name}")
        ]
        percent = " (%)" if wording.is_percent(name) else ""
        charts.append(
            line_chart(f"{wording.title(name)}{percent}", lines, y_range=percent_range(lines) if percent else None)
        )
    if rate := points(history, "learning_rate"):
        charts.append(line_chart("learning rate", [Series("learning rate", "train", rate)], log=True))
    return [Charts(charts)]


def points(history: Sequence[dict[str, float]], name: str) -> list[tuple[float, float]]:
    """Return (epoch, value) of the epochs in which `name` was measured."""
    return [(row["epoch"], row[name]) for row in history if math.isfinite(row.get(name, math.nan))]


def percent_range(lines: Sequence[Series]) -> tuple[float, float]:
    """Return the range of an axis of per cents: what the lines need, within 0 to 100."""
    values = [y for each in lines for _, y in each.points]
    low, high = min(values), max(values)
    margin = max(0.05 * (high - low), 2.5)
    return max(low - margin, 0.0), min(high + margin, 100.0)


def confusions(run: Run) -> Blocks:
    """Show the confusion matrix and the pairs that are confused most."""
    saved = run.saved()
    figure = saved.task.class_figure(saved.outcomes(saved.probabilities))
    if not isinstance(figure, Confusion):
        return [Text("Multi-label data has no confusion matrix; its classes are below.")]
    counts, names = figure.counts, run.classes
    picture = matrix_picture(counts) if len(names) > MOST_NAMED else ""
    rows = [
        [Cell(names[true]), Cell(names[guess]), number(count, 0), number(total, 0), _share(count / total)]
        for true, guess, count, total in worst_confusions(counts, WORST)
    ]
    worst = [Text("The highest rates of confusion:"), Table(("true class", "predicted", "videos", "of", "share"), rows)]
    return [Heat(matrix(counts, names, picture)), *(worst if rows else [])]


def classes(run: Run) -> Blocks:
    """Show the scores of each class."""
    return [Text("Click on a column to sort by it. Shares are in percent."), _table_of(run.details("per_class.csv"))]


def _table_of(table: Any, fold: str = "") -> Table:
    """Return a table of a data frame: numbers by their values, names of columns in words."""
    numeric = {name: table[name].dtype.kind in "fiu" for name in table.columns}
    rows = [
        [
            _cell(name, value) if numeric[name] else Cell("" if value != value else str(value))
            for name, value in zip(table.columns, row, strict=True)
        ]
        for row in table.itertuples(index=False)
    ]
    return Table([name.replace("_", " ") for name in table.columns], rows, fold)


def _cell(name: str, value: float) -> Cell:
    if name in ("videos", "predicted", "right"):
        return number(value, 0)
    if name.startswith("threshold"):
        return number(value, 3)
    return small(value) if name in ("p", "p_holm") else number(value)


def calibration(run: Run) -> Blocks:
    """Show how often what has a certain confidence comes true."""
    saved = run.saved()
    curve = reliability(*saved.task.decisions(saved.outcomes(saved.probabilities)))
    if not curve.counts.any():
        raise UserError("no video was scored")
    line = Series("came true (%)", "val", _curve_points(curve))
    chart = line_chart("came true (%) over confidence (%)", [line], x_range=(0, 100), y_range=(0, 100), diagonal=True)
    gap = 100 * curve.overconfidence
    side = "above" if gap > 0 else "below"
    words = (
        f"Expected calibration error {100 * curve.error:.1f} %. On average, confidence is {abs(gap):.1f} points "
        f"{side} accuracy. On the dashed line the network is as sure as it is right."
    )
    return [Text(words), Charts([chart])]


def _curve_points(curve: Reliability) -> list[tuple[float, float]]:
    filled = curve.counts > 0
    pairs = zip(100 * curve.confidence[filled], 100 * curve.accuracy[filled], strict=True)
    return [(round(float(x), 2), round(float(y), 2)) for x, y in pairs]


def slices(run: Run) -> Blocks:
    """Show the accuracy of kinds of videos: by length, frame rate, size, brightness, motion, group and class."""
    table = run.details("slices.csv")
    differing = table[table["differs"].astype(str) == "True"]
    words = "These differ from the other videos beyond chance (Fisher's exact test, corrected by Holm)."
    if differing.empty:
        words = "No kind of videos differs from the others beyond chance (Fisher's exact test, corrected by Holm)."
    shown = table.drop(columns="differs")
    first = [_table_of(shown.loc[differing.index])] if len(differing) else []
    return [Text(words), *first, _table_of(shown, f"all {len(table)} kinds")]


def speed(run: Run) -> Blocks:
    """Show clips per second, the wait for data, and the time and memory of the epochs."""
    history = run.history
    total = sum(row.get("runtime_s", 0.0) for row in history)
    waited = sum(row.get("runtime_s", 0.0) * row.get("data_wait_share", 0.0) for row in history)
    share = 100 * waited / max(total, 1e-9)
    words = f"{counted(len(history), 'epoch')}, {duration(total)} of training; {share:.0f} % of it "
    advice = " More workers, or prepared copies of the videos, would load faster." if waited > 0.2 * total else ""
    charts = [
        line_chart(title, [Series(title, "train", points(history, name))])
        for name, title in SPEED.items()
        if points(history, name)
    ]
    return [Text(f"{words}was spent waiting for data.{advice}"), Charts(charts)]


def configuration(run: Run) -> Blocks:
    """Show every setting with its origin."""
    rows = [[Cell(each.name), Cell(each.value), Cell(each.origin)] for each in run.table]
    changed = [row for row, each in zip(rows, run.table, strict=True) if "--set" in each.origin]
    first = [Table(("set on the command line", "value", "origin"), changed)] if changed else []
    return [*first, Table(("setting", "value", "origin"), rows, f"all {len(rows)} settings")]


def environment(run: Run) -> Blocks:
    """Show command, packages, hardware and data, as run.json recorded them."""
    facts = run.folder.read_run()
    command = shlex.join(map(str, facts.get("command", [])))
    first = [Text(f"Folder: {run.folder.path}"), *([Text(f"Command: {command}")] if command else [])]
    names = ("started", "pyvideoai", "git", "python", "platform", "device", "processes", "threads", "seed")
    pairs = [(name, str(facts[name])) for name in names if facts.get(name) is not None]
    pairs += [(name, str(value)) for name, value in (facts.get("packages") or {}).items() if value is not None]
    pairs += [(f"data: {name}", str(path)) for name, path in facts["paths"].items()]
    return [*first, Facts(pairs)]


def _share(value: float) -> Cell:
    return Cell(f"{100 * value:.0f} %", float(value), float(value))
