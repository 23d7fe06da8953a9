"""Saved predictions: a table to read and sort, and all probabilities for further work."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyvideoai.files import replacing

if TYPE_CHECKING:
    import pandas as pd

LISTED = 5
CUT = 0.5  # of several labels, what counts as predicted


def save_predictions(stem: Path, predictions: Any, table: "pd.DataFrame", classes: Sequence[str]) -> list[Path]:
    """Write `<stem>.csv` and `<stem>.npz`; returns both paths.

    predictions: rows int64 (N,), labels int64 (N,) or of several float32 (N, classes), probabilities float32 (N,
    classes), failures. The CSV has `table`'s columns, the names of the label and of the predicted class, the latter's
    probability and the five most probable classes; of several labels, the names of all and the classes of at least 0.5.
    Videos that could not be decoded are in it, without prediction. The .npz holds rows, labels, probabilities and
    classes, and loads with NumPy alone (no pickle).
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
    """The rows of `table`, in order, with what was predicted for each; a column with one of our names gets "_given"."""
    import pandas as pd

    names = np.array(classes, dtype=object)
    probabilities = predictions.probabilities.reshape(len(predictions.rows), len(classes))
    scored = np.isfinite(probabilities).all(axis=1)
    rows, labels, probabilities = predictions.rows[scored], predictions.labels[scored], probabilities[scored]
    ranked = np.argsort(-probabilities, axis=1, kind="stable")[:, :LISTED]
    shares = np.take_along_axis(probabilities, ranked, axis=1)
    best = [
        "; ".join(f"{name} {share:.4f}" for name, share in zip(names[order], each, strict=True))
        for order, each in zip(ranked, shares, strict=True)
    ]
    predicted = (
        _of_several(names, labels, probabilities) if labels.ndim == 2 else _of_one(names, labels, ranked, shares)
    )
    predicted["top5"] = best
    if labels.ndim == 2:
        table = table.assign(label=[";".join(map(str, each)) for each in table["label"]])
    given = table.rename(columns={name: f"{name}_given" for name in predicted if name in table})
    return given.reset_index(drop=True).join(pd.DataFrame(predicted, index=rows))


def _of_one(names: np.ndarray, labels: np.ndarray, ranked: np.ndarray, shares: np.ndarray) -> dict[str, Any]:
    return {
        "label_name": names[labels],
        "predicted": names[ranked[:, 0]],
        "probability": shares[:, 0],
        "correct": ranked[:, 0] == labels,
    }


def _of_several(names: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Of several labels there is no "correct": how many a score makes depends on where it is cut."""
    there, seen = labels.astype(bool), probabilities >= CUT
    return {"label_name": [";".join(names[row]) for row in there], "predicted": [";".join(names[row]) for row in seen]}
