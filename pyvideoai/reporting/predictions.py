"""Saved predictions: a table to read and sort, and all probabilities for further work."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyvideoai.files import replacing

if TYPE_CHECKING:
    import pandas as pd

LISTED = 5


def save_predictions(stem: Path, predictions: Any, table: "pd.DataFrame", classes: Sequence[str]) -> list[Path]:
    """Write `<stem>.csv` and `<stem>.npz`; returns both paths.

    predictions: rows int64 (N,), labels int64 (N,), probabilities float32 (N, classes), failures.
    The CSV has `table`'s columns, the names of the label and of the predicted class, the latter's probability and the
    five most probable classes; videos that could not be decoded are in it, without prediction. The .npz holds rows,
    labels, probabilities and classes, and loads with NumPy alone (no pickle).
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    csv, npz = stem.with_name(f"{stem.name}.csv"), stem.with_name(f"{stem.name}.npz")
    with replacing(csv) as temporary:
        predictions_table(predictions, table, classes).to_csv(temporary, index=False)
    with replacing(npz) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            rows=predictions.rows,
            labels=predictions.labels,
            probabilities=predictions.probabilities,
            classes=np.array(classes, dtype=np.str_),
        )
    return [csv, npz]


def predictions_table(predictions: Any, table: "pd.DataFrame", classes: Sequence[str]) -> "pd.DataFrame":
    """The rows of `table`, in its order, with what was predicted for each."""
    result = table.reset_index(drop=True).copy()
    names = np.array(classes, dtype=object)
    ranked = np.argsort(-predictions.probabilities, axis=1, kind="stable")[:, :LISTED]
    shares = np.take_along_axis(predictions.probabilities, ranked, axis=1)
    rows = predictions.rows
    result.loc[rows, "label_name"] = names[predictions.labels]
    result.loc[rows, "predicted"] = names[ranked[:, 0]]
    result.loc[rows, "probability"] = shares[:, 0]
    result.loc[rows, "correct"] = ranked[:, 0] == predictions.labels
    result.loc[rows, "top5"] = [
        "; ".join(f"{name} {share:.4f}" for name, share in zip(names[each], share_row, strict=True))
        for each, share_row in zip(ranked, shares, strict=True)
    ]
    return result
