"""A second sign of wrong labels: what a classifier on kept features says of training videos that it has not seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyvideoai.errors import UserError, counted
from pyvideoai.features import folder as feature_folder
from pyvideoai.features.noted import TRAIN_FEATURES, Noted, mean_features, noted
from pyvideoai.features.out_of_fold import out_of_fold
from pyvideoai.inspection.runs import PART, Run

if TYPE_CHECKING:
    import pandas as pd

MOST = 3e9  # videos x channels x classes; UCF-101 with 1,280 channels is 1.2e9, a minute or two


def second_opinion(run: Run, table: "pd.DataFrame", features: Path | None = None) -> np.ndarray | None:
    """Return the probabilities that each training video's classes have out of fold: float64 (rows, classes), NaN for a
    row without features. None if the run kept no features.

    table: of the training split. features: a folder that tools/run_feature_extract.py wrote, in place of the run's own.
    Raises UserError where features are asked for, or should be there, and can't be had.
    """
    places = _in_folder(table, features) if features else _own(run, table)
    if places is None:
        return None
    if any(len(label) != 1 for label in table["label"]):
        raise UserError("features are a second sign of wrong labels where each video has one label, and not several")
    found = mean_features(places)
    known = np.isfinite(found).all(axis=1) if found.shape[1] else np.zeros(len(found), bool)
    if not known.any():
        raise UserError(f"features of the training videos are gone from {places.folder}")
    if found.size * len(run.classes) > MOST:
        size = f"{counted(len(found), 'video')} x {found.shape[1]} channels x {counted(len(run.classes), 'class')}"
        raise UserError(f"no second sign of wrong labels by features: {size} would take long")
    labels = np.array([each[0] for each in table["label"]])
    groups = _groups(table)
    probabilities = np.full((len(table), len(run.classes)), np.nan)
    rows = np.flatnonzero(known)
    probabilities[rows] = out_of_fold(found[rows], labels[rows], [groups[each] for each in rows], len(run.classes))
    return probabilities


def _own(run: Run, table: "pd.DataFrame") -> Noted | None:
    """Return where a run's own features are: those that a probe kept, or those of -D features."""
    if "keys" in table and run.settings.get("dataset.features") == "True":
        root = run.video("")
        return None if root is None else Noted(root, [str(keys).split() for keys in table["keys"]])
    path = run.folder.logs / TRAIN_FEATURES
    own = noted(path)
    if own is not None and len(own.keys) != len(table):
        raise UserError(f"{path} is of {counted(len(own.keys), 'video')}, the training table of {len(table)}")
    return own


def _in_folder(table: "pd.DataFrame", folder: Path) -> Noted:
    """Return where a folder has the features of a table's rows, which may be in other splits there."""
    import pandas as pd

    known = dict[tuple[Any, ...], list[str]]()
    for name in feature_folder.about(folder)["splits"]:
        other = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        known |= dict(zip(_names(other), (cell.split() for cell in other["keys"]), strict=True))
    keys = [known.get(name, []) for name in _names(table)]
    if not any(keys):
        raise UserError(f"{folder.absolute()} has features of none of the training videos")
    return Noted(folder, keys)


def _names(table: "pd.DataFrame") -> Sequence[tuple[Any, ...]]:
    """Return what tells each row's clip apart: the video, and its bounds if it is a part of one."""
    import pandas as pd

    bounds = [pd.to_numeric(table[name], errors="coerce").fillna(-1) for name in PART if name in table]
    return list(zip(table["video"], *bounds, strict=True))


def _groups(table: "pd.DataFrame") -> list[str]:
    """Return each row's group; its video where it has none."""
    if "group" not in table:
        return list(table["video"])
    given = table["group"].astype(str).str.strip()
    return list(given.where(given != "", table["video"]))
