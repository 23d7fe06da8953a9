"""tools/compare.py: several runs side by side, and whether their differences are more than chance."""

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.config.contract import Setting
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import open_folder, refuse_unwritable
from pyvideoai.files import write_whole
from pyvideoai.reporting.spreadsheet import cell

DESCRIPTION = """Compare runs: their scores, the settings that differ, mean ± sd over seeds, and, on the same videos,
the gain over the first run with its 95 % interval (bootstrap) and McNemar's exact test.

  tools/compare.py data/experiments/hmdb/i3d_resnet50/crop224_plateau data/experiments/hmdb/tsm_resnet50/crop224_plateau
  tools/compare.py data/experiments/motion/i3d_tiny/quickstart/seed=* --csv seeds.csv"""


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    if len(options.folders) < 2:
        raise UserError("give two or more folders of experiments, or of their versions")
    if options.csv is not None:
        refuse_unwritable(options.csv.absolute().parent)
    from pyvideoai.inspection.compare import check_comparable, differing_splits, over_seeds, rows_of, table_lines
    from pyvideoai.inspection.runs import Run

    runs = [Run(open_folder(folder), options.load) for folder in options.folders]
    check_comparable(runs)
    rows = rows_of(runs, without_effect())
    print("\n".join([*table_lines(rows), *over_seeds(runs, rows)]))
    if odd := differing_splits(runs):
        print(f"WARNING: {odd} was scored on other videos than {runs[0].folder.path}; gains are over those they share")
    if options.csv is not None:
        _write(options.csv, rows)
        print(f"table: {options.csv.absolute()}")
    return 0


def without_effect() -> set[str]:
    """Return the settings that name no folder of a run, since they change no result."""
    prefix = {"dataset": "dataset.", "model": "model.", "experiment": ""}
    entries = [(prefix[contract.layer], entry) for contract in CONTRACTS for entry in contract.entries]
    settings = [(before, entry) for before, entry in entries if isinstance(entry, Setting)]
    return {f"{before}{entry.name}" for before, entry in settings if not entry.names_folder}


def _write(path: Path, rows: Sequence[dict]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(cell, names))
    writer.writerows([cell(row.get(name, "")) for name in names] for row in rows)
    write_whole(path, text.getvalue())


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folders", nargs="*", metavar="FOLDER", help="an experiment's folder (its last version), or a version"
    )
    parser.add_argument("-l", "--load", choices=["best", "last"], default="best", help="which weights' scores (best)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table")
    return parser.parse_args(arguments)
