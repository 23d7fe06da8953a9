"""Write predictions as CSV or as JSON lines, row by row; the file appears when all are written, or not at all."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from pyvideoai.errors import UserError
from pyvideoai.files import replacing
from pyvideoai.predicting.scorer import Named
from pyvideoai.reporting.spreadsheet import cell

ENDINGS = (".csv", ".jsonl")
DIGITS = 4  # of a second, and of a probability in the column top; JSON has all
Record = Mapping[str, Any]


def check_output(path: Path | None, endings: tuple[str, ...] = ENDINGS) -> None:
    """Raise UserError unless a file of one of these endings can be written there."""
    if path is None:
        return
    if path.suffix.lower() not in endings:
        raise UserError(f"{path} must end in {' or '.join(endings)}")
    if not path.parent.is_dir():
        raise UserError(f"{path} can't be written: {path.parent} is not a folder")


@contextmanager
def open_records(path: Path | None) -> Iterator[Callable[[Record], None]]:
    """Yield a function that writes a record; without a path it does nothing.

    A record has values by column, such as video and start_s, and "top": the classes and probabilities, best first. In
    JSON lines top becomes "predictions"; in CSV it becomes the columns predicted, probability and top.
    """
    if path is None:
        yield lambda record: None
        return
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        yield _csv(file) if path.suffix.lower() == ".csv" else _json_lines(file)


def _json_lines(file: TextIO) -> Callable[[Record], None]:
    def write(record: Record) -> None:
        known = {name: value for name, value in record.items() if name != "top" and value not in ("", None)}
        top = [{"label": label, "probability": share} for label, share in record["top"]]
        file.write(json.dumps({**known, "predictions": top}, ensure_ascii=False, allow_nan=False) + "\n")

    return write


def _csv(file: TextIO) -> Callable[[Record], None]:
    writer = csv.writer(file, lineterminator="\n")
    header: list[str] = []

    def write(record: Record) -> None:
        row = {name: value for name, value in record.items() if name not in ("top", "error")}
        row |= {**_columns(record["top"]), "error": record.get("error", "")}
        if not header:
            header.extend(row)
            writer.writerow([cell(name) for name in header])
        writer.writerow([cell("" if row[name] is None else row[name]) for name in header])

    return write


def _columns(top: list[Named]) -> dict[str, Any]:
    predicted, probability = top[0] if top else ("", "")
    listed = "; ".join(f"{label} {share:.{DIGITS}f}" for label, share in top)
    return {"predicted": predicted, "probability": probability, "top": listed}
