"""Save predictions: a table for reading and sorting, and all probabilities for further work."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyvideoai.files import replacing
from pyvideoai.reporting.spreadsheet import cell

if TYPE_CHECKING:
    import pandas as pd

LISTED = 5


def save_predictions(stem: Path, predictions: Any, table: "pd.DataFrame", classes: Sequence[str]) -> list[Path]:
    """Write `<stem>.csv` and `<stem>.npz`; return both paths.

    predictions: `scoring.predictions.Predictions`. The CSV has the columns of `table`, then those of the task
    (`Task.columns`; for single-label data the names of label and predicted class, its probability, and whether it is
    correct), then the five most probable classes. Videos that could not be decoded have a line without a prediction, so
    that line i is row i of `table`, even where a name was changed for spreadsheets (see `cell`).

    The .npz holds rows, videos (each row's video_id, or its file if it has none), labels, probabilities and classes;
    NumPy loads it without pickle.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    csv, npz = stem.with_name(f"{stem.name}.csv"), stem.with_name(f"{stem.name}.npz")
    with replacing(csv) as temporary:
        predictions_table(predictions, table, classes).rename(columns=cell).map(cell).to_csv(temporary, index=False)
    with replacing(npz) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            rows=predictions.rows,
            videos=_ids(table)[predictions.rows],
            labels=predictions.labels,
            probabilities=predictions.probabilities,
            classes=np.array(classes, dtype=np.str_),
        )
    return [csv, npz]


def predictions_table(predictions: Any, table: "pd.DataFrame", classes: Sequence[str]) -> "pd.DataFrame":
    """Return the rows of `table`, in order, with the prediction for each.

    A column of `table` that has the name of one of ours is renamed: "predicted" to "predicted_given".
    """
    import pandas as pd

    names = np.array(classes, dtype=object)
    # Without a single video its shape is (0, 0).
    probabilities = predictions.probabilities.reshape(len(predictions.rows), len(classes))
    scored = np.isfinite(probabilities).all(axis=1)
    rows, labels, probabilities = predictions.rows[scored], predictions.labels[scored], probabilities[scored]
    # Stable, so that of equal classes the lower number comes first, as in argmax.
    ranked = np.argsort(-probabilities, axis=1, kind="stable")[:, :LISTED]
    shares = np.take_along_axis(probabilities, ranked, axis=1)
    best = [
        "; ".join(f"{name} {share:.4f}" for name, share in zip(names[order], each, strict=True))
        for order, each in zip(ranked, shares, strict=True)
    ]
    predicted = predictions.task.columns(names, labels, probabilities)
    predicted["top5"] = best
    table = table.assign(label=predictions.task.cells(table["label"]))
    given = table.rename(columns={name: f"{name}_given" for name in predicted if name in table})
    return given.reset_index(drop=True).join(pd.DataFrame(predicted, index=rows))


def _ids(table: "pd.DataFrame") -> np.ndarray:
    """Return what names each row's video, text (rows,)."""
    files = table["video"].astype(str)
    if "video_id" not in table:
        return files.to_numpy(dtype=np.str_)
    ids = table["video_id"]
    given = ids.notna() & (ids.astype(str).str.strip() != "")
    return ids.astype(str).where(given, files).to_numpy(dtype=np.str_)
