"""How fast the networks of the zoo are: what `tools/benchmark_inference.py` measured, in a CSV file beside the page."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pyvideoai.errors import UserError
from pyvideoai.files import write_whole


class Inference(NamedTuple):
    """Hold what was measured of a network.

    views: of a test video, as its protocol says. videos_per_s: test videos a second, without reading them. megabytes:
    the most memory of the process, or of a GPU's tensors, in 10^6 bytes. hardware: and how it computed, in words.
    """

    config: str
    views: int
    videos_per_s: float
    megabytes: float
    hardware: str


def read_measured(path: Path) -> dict[str, Inference]:
    """Return the measured speeds by config, or an empty dict if the file does not exist.

    Raises UserError if the file is another table.
    """
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        found = [
            Inference(
                row["config"], int(row["views"]), float(row["videos_per_s"]), float(row["megabytes"]), row["hardware"]
            )
            for row in rows
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: not a table of tools/benchmark_inference.py, whose columns are {', '.join(Inference._fields)}"
        ) from error
    return {each.config: each for each in found}


def add_measured(path: Path, found: Iterable[Inference]) -> None:
    """Put rows into the file in place of earlier ones. Rows of other hardware go: they don't compare."""
    new = {each.config: each for each in found}
    hardware = {each.hardware for each in new.values()}
    kept = {name: each for name, each in read_measured(path).items() if each.hardware in hardware}
    rows = sorted({**kept, **new}.values())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Inference._fields)
    for each in rows:
        writer.writerow((each.config, each.views, f"{each.videos_per_s:.4g}", f"{each.megabytes:.0f}", each.hardware))
    write_whole(path, text.getvalue())
