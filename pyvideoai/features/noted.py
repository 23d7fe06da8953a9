"""Where the features of a run's training videos lie: `logs/train_features.json`, or a folder that tables explain."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.files import read_json, require, write_whole

if TYPE_CHECKING:
    from torch import Tensor

TRAIN_FEATURES = "train_features.json"
AT_A_TIME = 512  # rows that are read together: patches of all would not fit into memory


@dataclass(frozen=True)
class Noted:
    """Hold the folder of a store, and the keys of each row of a table, none for a video that couldn't be decoded."""

    folder: Path
    keys: Sequence[Sequence[str]]


def note(path: Path, folder: Path, keys: Sequence[Sequence[str]]) -> None:
    """Write where the features of each training row are kept."""
    write_whole(path, json.dumps({"folder": str(folder.absolute()), "keys": [" ".join(row) for row in keys]}))


def noted(path: Path) -> Noted | None:
    """Return what `note` wrote; None if the run kept no features. Raises UserError for another content."""
    try:
        content = read_json(path)
    except FileNotFoundError:
        return None
    require(content, {"folder": str, "keys": list}, str(path))
    return Noted(Path(content["folder"]), [str(row).split() for row in content["keys"]])


def mean_features(rows: Noted) -> np.ndarray:
    """Return the mean feature of each row over its views, frames and positions: float32 (rows, channels).

    A row is NaN if its features are gone; (rows, 0) if all are.
    """
    from pyvideoai.features.store import Store

    store, means = Store(rows.folder), dict[int, np.ndarray]()
    for first in range(0, len(rows.keys), AT_A_TIME):
        some = dict(enumerate(rows.keys[first : first + AT_A_TIME], start=first))
        found = store.get((key for keys in some.values() for key in keys), ("features",))
        for row, keys in some.items():
            parts = [_by_position(found[key]["features"]) for key in keys if key in found]
            if parts:
                means[row] = np.mean([part.float().mean(0).numpy() for part in parts], axis=0)
    channels = len(next(iter(means.values()), []))
    features = np.full((len(rows.keys), channels), np.nan, np.float32)
    for row, mean in means.items():
        features[row] = mean
    return features


def _by_position(features: "Tensor") -> "Tensor":
    return features.reshape(-1, features.shape[-1])
