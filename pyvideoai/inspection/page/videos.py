"""The sections of one run that look at its videos: mistakes, likely wrong labels, near copies across splits."""

import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pyvideoai.errors import UserError, counted
from pyvideoai.inspection.near_copies import Search, near_copies, splits_of
from pyvideoai.inspection.page.blocks import Cell, Strip, Strips, Table, Text, number
from pyvideoai.inspection.page.pictures import strip_or_fault
from pyvideoai.inspection.runs import Run
from pyvideoai.inspection.second_opinion import second_opinion
from pyvideoai.inspection.suspects import SUSPECTS, Suspect, suspects_of, write_suspects
from pyvideoai.program import typed
from pyvideoai.reporting.spreadsheet import uncell

SHOWN = 12  # film strips under a heading
SHOWN_PAIRS = 6
LISTED = 100  # rows of a table; the CSV has all
MOST_OPENED = 1000  # videos whose fingerprints are taken without being asked
BY_LOSSES = (
    "stay harder than is usual for their label in the second half of the epochs; first come those in which the network "
    "keeps to one other class, which is suggested."
)
BY_FEATURES = (
    "are doubted most by two signs together. Out of fold: the probability that a logistic regression on features gives "
    "the label, fitted without the video and its group; its most probable class is suggested. And the losses: those "
    "that stay harder than is usual for their label in the second half of the epochs, and in which the network keeps "
    "to one other class."
)
Blocks = list[Any]


def mistakes(run: Run) -> Blocks:
    """Show the most confident mistakes, and the right videos that the network is most in doubt of."""
    saved = run.saved()
    outcomes = saved.outcomes(saved.probabilities)
    right, judged = saved.task.right_first(outcomes)
    counted_in, sure = judged & outcomes.finite, saved.probabilities.max(axis=1)
    wrong = _first(~right & counted_in, -sure)
    doubtful = _first(right & counted_in, sure)
    entries, truth = _entries(run, saved.path), saved.task.by_class(outcomes)[0].labels

    def strips(places: Sequence[int]) -> list[Strip]:
        return [_strip(run, entries[each], _words(run, truth[each], saved.probabilities[each])) for each in places]

    found = int((~right & counted_in).sum())
    if not found:
        return [Text("The network is right in every video."), Strips("The most doubtful right ones", strips(doubtful))]
    return [
        Text(f"Wrong in {found} of {counted(int(counted_in.sum()), 'video')}. The name of a video links to its file."),
        Strips("The most confident mistakes", strips(wrong)),
        *([Strips("The most doubtful right ones", strips(doubtful))] if doubtful else []),
    ]


def wrong_labels(run: Run, csv: Path, features: Path | None = None) -> Blocks:
    """Show the training videos whose label is in doubt, and write all of them as a CSV to edit.

    features: a folder of features of these videos, in place of those that the run kept.
    """
    table, opinion, notes = run.split_table("train"), None, list[Text]()
    try:
        opinion = second_opinion(run, table, features)
    except UserError as error:
        notes = [Text(str(error), "warning")]
    found = suspects_of(run, table, opinion)
    write_suspects(csv, found)
    # The table that relabel looks for by itself need not be named.
    named = [str(run.folder.path), *([] if csv == run.folder.path / SUSPECTS else [str(csv)])]
    strips = [_strip(run, each.entry, _suspicion(each)) for each in found[:SHOWN]]
    columns = ("video", "label", "suggested", *(["out of fold"] if opinion is not None else []),
               "agreement of epochs", "mean loss")  # fmt: skip
    rows = [_row(run, each, by_features=opinion is not None) for each in found[:LISTED]]
    return [
        *notes,
        Text(f"{counted(len(found), 'training video')} {BY_LOSSES if opinion is None else BY_FEATURES}"),
        Text(
            "Wrong labels are among them, and so are unusual videos: look at them. The table beside this page has all "
            f"of them: {csv.name}. Fill in the right label, or drop, in its last column, and then: "
            f"{typed('relabel')} {shlex.join(named)}"
        ),
        Strips("The most suspicious", strips),
        Table(columns, rows),
    ]


def copies(run: Run, *, however_many: bool) -> Blocks:
    """Show videos of different splits that look the same. however_many: open them even if that takes long."""
    splits = splits_of(run)
    count = sum(map(len, splits.values()))
    if len(splits) < 2:
        raise UserError(f"{run.folder.splits} has no tables of two splits: the run is of an older version")
    if count > MOST_OPENED and not however_many:
        raise UserError(
            f"{count:,} videos would be opened, more than {MOST_OPENED:,}: --duplicates looks at all of them"
        )
    search = near_copies(run, splits)
    left = f" {counted(search.left_out, 'video')} could not be opened, or are empty." if search.left_out else ""
    compared = (
        f"{counted(search.compared, 'video')} of {' and '.join(splits)} were compared, by five tiny frames of each."
    )
    if not search.compared:
        return [Text(f"No video could be opened.{left}", "warning")]
    if not search.pairs:
        return [Text(f"{compared} None looks like one of another split.{left}")]
    found = f"{counted(len(search.pairs), 'pair')} look the same: a score on such videos is too good."
    return [Text(f"{compared} {found}{left}", "warning"), *_pairs(run, search)]


def _pairs(run: Run, search: Search) -> Blocks:
    strips = [
        _strip(run, entry, [f"{split}, pair {place}, likeness {pair.likeness:.3f}"])
        for place, pair in enumerate(search.pairs[:SHOWN_PAIRS], start=1)
        for split, entry in zip(pair.splits, pair.entries, strict=True)
    ]
    rows = [
        [
            cell
            for split, entry in zip(pair.splits, pair.entries, strict=True)
            for cell in (Cell(split), _link(run, entry))
        ]
        + [number(pair.likeness, 4)]
        for pair in search.pairs[:LISTED]
    ]
    return [Strips("The most alike", strips), Table(("split", "video", "split", "video", "likeness"), rows)]


def _first(wanted: np.ndarray, order: np.ndarray) -> list[int]:
    """Return the first places, by rising `order`, of those that are wanted."""
    places = np.flatnonzero(wanted)
    return [int(each) for each in places[np.argsort(order[places], kind="stable")][:SHOWN]]


def _entries(run: Run, npz: Path) -> list[Any]:
    """Return the rows of the predictions' table, in the order of the saved predictions. Raises UserError."""
    path = npz.with_suffix(".csv")
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"video": str}).map(uncell)
        with np.load(npz, allow_pickle=False) as content:
            rows = list(table.itertuples(index=False))
            return [rows[each] for each in content["rows"]]
    except (OSError, ValueError, IndexError) as error:
        raise UserError(f"{path} can't be read beside its predictions: {error}") from None


def _words(run: Run, truth: np.ndarray, probabilities: np.ndarray) -> list[str]:
    best = int(probabilities.argmax())
    true = ", ".join(f"{run.classes[each]} {100 * probabilities[each]:.0f} %" for each in np.flatnonzero(truth))
    return [f"true: {true or 'no class'}", f"predicted: {run.classes[best]} {100 * probabilities[best]:.0f} %"]


def _suspicion(suspect: Suspect) -> list[str]:
    often = f" in {100 * suspect.agreement:.0f} % of the epochs" if suspect.suggested else ""
    own = ""
    if math.isfinite(suspect.out_of_fold):
        often, own = "", f", {100 * suspect.out_of_fold:.0f} % out of fold"
    label, suggested = suspect.label or "no class", suspect.suggested or "nothing else"
    return [f"labelled: {label}{own}", f"suggested: {suggested}{often}"]


def _row(run: Run, suspect: Suspect, *, by_features: bool) -> list[Cell]:
    share = [_percent(suspect.out_of_fold)] if by_features else []
    names = [Cell(suspect.label), Cell(suspect.suggested)]
    return [_link(run, suspect.entry), *names, *share, _percent(suspect.agreement), number(suspect.mean_loss, 3)]


def _percent(share: float) -> Cell:
    return number(None) if math.isnan(share) else Cell(f"{100 * share:.0f} %", share)


def _link(run: Run, entry: Any) -> Cell:
    file = run.video(entry.video)
    return Cell(entry.video, href="" if file is None else file.absolute().as_uri())


def _strip(run: Run, entry: Any, lines: Sequence[str]) -> Strip:
    return Strip(entry.video, lines, **strip_or_fault(run.video(entry.video), entry))
