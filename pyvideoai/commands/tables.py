"""tools/datasets/tables.py: what a dataset has of its official lists, and its split tables as CSV files."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.annotations.missing import missing_videos
from pyvideoai.annotations.names import remark_on_alike
from pyvideoai.commands.arguments import Parser
from pyvideoai.config.load import load_layer
from pyvideoai.data.lists import prepare, read_tables
from pyvideoai.data.settings import DATASET
from pyvideoai.data.table import csv_text
from pyvideoai.errors import counted
from pyvideoai.files import write_whole
from pyvideoai.unpack import dataset_of

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = """Say what a dataset has of its official lists, and write that as tables.

  tools/datasets/tables.py -D kinetics400 --set root=/data/kinetics400
  tools/datasets/tables.py -D kinetics400 --set root=/data/kinetics400 --out tables

The second writes train.csv, val.csv, ... and classes.txt, which `-D table --set dataset.annotations=tables` reads, and
missing_train.txt, ... with the videos that are not there, one a line."""
EPILOGUE = "Exit code: 0 when all videos are there, 1 when some are missing, 2 when the command can't be run."


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code. Raises UserError."""
    options = _parser().parse_args(arguments)
    dataset = dataset_of(load_layer(DATASET, options.dataset, options.overrides))
    prepare(dataset)
    tables = read_tables(dataset)
    missing = {part: _missing(table, dataset.root) for part, table in tables.by_name.items()}
    print(counted(len(tables.classes), "class"))
    for part, table in tables.by_name.items():
        classes = len(set(dataset.task.each_label(table["label"])) - {-1})
        print(f"{part}: {counted(len(table), 'video')} of {counted(classes, 'class')}; {len(missing[part]):,} missing")
    for note in filter(None, [*tables.notes, remark_on_alike(tables.classes)]):
        print(note)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        write_whole(options.out / "classes.txt", _lines(tables.classes))
        for part, table in tables.by_name.items():
            write_whole(options.out / f"{part}.csv", csv_text(table, tables.classes, task=dataset.task))
            if missing[part]:
                write_whole(options.out / f"missing_{part}.txt", _lines(missing[part]))
        print(f"written: {options.out.resolve()}")
    return 1 if any(missing.values()) else 0


def _missing(table: "pd.DataFrame", root: Path) -> list[str]:
    """Return the videos that the dataset has left out; if it leaves out none, those that it names and that are
    not there.
    """
    if "missing" in table.attrs:
        return table.attrs["missing"]
    return missing_videos(root, table["video"])


def _lines(names: Sequence[str]) -> str:
    return "".join(f"{name}\n" for name in names)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(description=DESCRIPTION, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("-D", "--dataset", required=True, metavar="NAME", help="dataset_configs/NAME.py")
    add("--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help="root=..., split=2, ...")
    add("--out", type=Path, metavar="FOLDER", help="write the tables here")
    return parser
