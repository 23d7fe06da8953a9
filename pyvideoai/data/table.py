"""Split tables: a row per video or part of one, with the columns video and label; every row is checked first.

    video,label
    brush_hair/a.avi,brush_hair
    golf/b.avi,20

Optional columns: group, start_frame and end_frame (the last frame included), start_s and end_s; others are carried
into predictions.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.errors import UserError, hint

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = ("video", "label")
NUMBERS = ("start_frame", "end_frame", "start_s", "end_s")
SHOWN = 5


def read_table(source: "pd.DataFrame | str | Path", classes: list[str], where: str) -> "pd.DataFrame":
    """A checked table with integer labels; `source` is a CSV file or a table, `where` names it in errors.

    Raises one UserError that lists all faulty rows (the first few in full).
    """
    import pandas as pd

    if not isinstance(source, pd.DataFrame):
        where, source = str(source), _read_csv(Path(source))
    missing = [name for name in REQUIRED if name not in source.columns]
    if missing:
        raise UserError(
            f"{where}: no column {' or '.join(missing)}; it has {', '.join(map(str, source.columns)) or 'none'}"
        )
    if source.empty:
        raise UserError(f"{where}: no rows")
    table = source.reset_index(drop=True).copy()
    numbers = {name: index for index, name in enumerate(classes)}
    labels = [_label(value, numbers, len(classes)) for value in table["label"]]
    faults = {row: _fault(table.loc[row, "label"], classes) for row, label in enumerate(labels) if label is None}
    faults |= {
        row: "no video" for row, video in enumerate(table["video"]) if not isinstance(video, str) or not video.strip()
    }
    faults |= _number_faults(table)
    if faults:
        shown = "; ".join(f"line {row + 2}: {faults[row]}" for row in sorted(faults)[:SHOWN])
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise UserError(f"{where}: {len(faults)} of {len(table)} rows are faulty: {shown}{more}")
    table["label"] = labels
    return table


def table_hash(table: "pd.DataFrame") -> str:
    """SHA-256 of a table's content; the same on every machine."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def _read_csv(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        return pd.read_csv(path, dtype={"video": str, "label": str, "group": str}, keep_default_na=True)
    except FileNotFoundError:
        raise UserError(f"{path}: no such split table") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not a CSV table: {str(error).splitlines()[0]}") from None


def _label(value: object, numbers: dict[str, int], count: int) -> int | None:
    text = str(value)
    if text in numbers:
        return numbers[text]
    return int(text) if text.isdigit() and int(text) < count else None


def _fault(value: object, classes: list[str]) -> str:
    if value is None or value != value:
        return "no label"
    if str(value).lstrip("-").isdigit():
        return f"label {value} is outside 0 ... {len(classes) - 1}"
    near = hint(str(value), classes) if len(classes) < 20 else hint(str(value), classes).split("allowed:")[0]
    return f"label {str(value)!r} is no class{f' ({near})' if near else ''}"


def _number_faults(table: "pd.DataFrame") -> dict[int, str]:
    import pandas as pd

    faults = {}
    for name in NUMBERS:
        if name in table.columns:
            parsed = pd.to_numeric(table[name], errors="coerce")
            bad = table[name].notna() & (parsed.isna() | (parsed < 0))
            faults |= {int(row): f"{name} {table.loc[row, name]!r} is no number >= 0" for row in table.index[bad]}
            table[name] = parsed
    return faults
