"""Decide whether the setting `early_stopping` ends a run."""

from collections.abc import Mapping, Sequence

from pyvideoai.engine.checks import higher_is_better
from pyvideoai.engine.stopping import NoProgress, no_progress
from pyvideoai.errors import counted
from pyvideoai.scoring.selection import Selection


def why_stuck(stopping: NoProgress | None, history: Sequence[Mapping[str, float]], selection: Selection) -> str | None:
    """Return in words why the run ends after the last epoch of `history`; None if it goes on."""
    if stopping is None:
        return None
    on = stopping.on or selection.select
    higher = higher_is_better(on, selection.metrics)
    if not no_progress(history, on, epochs=stopping.epochs, higher_is_better=higher):
        return None
    return f"early_stopping: no progress of {on} in the last {counted(stopping.epochs, 'measurement')}"
