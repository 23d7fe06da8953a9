"""A folder of features that its tables explain: what tools/run_feature_extract.py writes and `-D features` reads.

    about.json         what gave the features: configs, weights, module, the shape of a view's, views, classes
    train.csv ...      a split table (video, label, ...) with three more columns, a row for each row of the original
    *.safetensors      tensors "<key>/features", (views, ...) or, where a row has a key for each view, (...)

The columns: keys, separated by blanks; views, how many there are; frames, the indices of each view's frames, "0 8 16; 4
12 20". A row whose video could not be decoded has no keys, and the reason in the column error. No torch here: configs
import this.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyvideoai.errors import UserError
from pyvideoai.files import read_json, require, write_whole
from pyvideoai.program import typed

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

ABOUT = "about.json"
SPLITS = ("train", "val", "test")
COLUMNS = ("keys", "views", "frames", "error")
MADE_BY = typed("extract")


def about(folder: str | Path) -> dict[str, Any]:
    """Return what a folder says of its features. Raises UserError if it isn't a folder of features."""
    path = Path(folder) / ABOUT
    try:
        content = read_json(path)
    except FileNotFoundError:
        raise UserError(
            f"{Path(folder).absolute()} does not hold features: {ABOUT} is missing; {MADE_BY} makes such a folder"
        ) from None
    require(content, {"classes": list, "shape": list, "splits": dict, "multi_label": bool}, str(path))
    return content


def classes(folder: str | Path) -> list[str]:
    """Return the names of the classes in the order of their labels."""
    return [str(name) for name in about(folder)["classes"]]


def channels_of(dataset: Any) -> int:
    """Return the last number of the shape of the features of a dataset's layer. Raises UserError if it has videos."""
    if not dataset.features:
        raise UserError(f"-M features is a head on features: take -D features, whose folder {MADE_BY} makes")
    return int(about(dataset.root)["shape"][-1])


def splits(folder: str | Path, *, multi_label: bool = False) -> "dict[str, pd.DataFrame]":
    """Return the tables of the splits that the folder has. Raises UserError if train is not among them."""
    import pandas as pd

    told, tables = about(folder), dict[str, "pd.DataFrame"]()
    if "train" not in told["splits"]:
        raise UserError(f"{Path(folder).absolute()} has features of {', '.join(told['splits'])}, and none of train")
    if told["multi_label"] != multi_label:
        raise UserError(f"these features have other labels: --set dataset.multi_label={told['multi_label']}")
    for name in (each for each in SPLITS if each in told["splits"]):
        tables[name] = pd.read_csv(Path(folder) / f"{name}.csv", dtype=str, keep_default_na=False)
        tables[name].attrs["note"] = f"features {tuple(told['shape'])}, {told['splits'][name]['views']} a row"
    return tables


def with_columns(
    table: "pd.DataFrame",
    keys: Sequence[Sequence[str]],
    frames: Sequence[Sequence[Sequence[int]]],
    errors: Sequence[str],
) -> "pd.DataFrame":
    """Return a split's table with the columns of its features. keys, frames: of each row, for each key and view."""
    return table.assign(
        keys=[" ".join(each) for each in keys],
        views=[len(each) for each in frames],
        frames=["; ".join(" ".join(map(str, view)) for view in each) for each in frames],
        error=list(errors),
    )


def write_table(folder: Path, name: str, text: str) -> Path:
    """Write a split's table."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{name}.csv", text)
    return folder / f"{name}.csv"


def keys_of(folder: Path, name: str) -> Iterator[list[str]]:
    """Yield the keys of each row of a split's table that has features."""
    import pandas as pd

    cells = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)["keys"]
    yield from (cell.split() for cell in cells if cell)


def by_view(features: "Tensor", frames: "Tensor") -> "Tensor":
    """Return (views, ...) of an entry, which is that of one view if it has the frames of one."""
    return features if frames.dim() == 2 else features[None]
