"""tools/relabel.py: apply a table of likely wrong labels that a person has filled in."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import open_folder, refuse_unwritable
from pyvideoai.program import typed

DESCRIPTION = """Apply the table of likely wrong labels that tools/report.py wrote, once you have filled in its column
right_label: the name of a class, or drop for a video that should not be trained on. Empty cells change nothing.

  tools/relabel.py data/experiments/hmdb/i3d_resnet50/crop224_plateau
  tools/relabel.py data/experiments/hmdb/i3d_resnet50/crop224_plateau my_suspects.csv --out hmdb_relabelled

It writes new tables, train.csv with the right labels, val.csv and test.csv as they were, and classes.txt, to a new
folder. The run, its videos and its tables stay as they are. It ends with the command that trains on the new tables."""


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    if options.folder is None:
        raise UserError(f"give the folder of an experiment, whose suspects {typed('report')} has written")
    folder = open_folder(options.folder)
    from pyvideoai.inspection.suspects import SUSPECTS

    suspects = options.suspects or folder.path / SUSPECTS
    if not suspects.is_file():
        raise UserError(f"{suspects.absolute()} is not there: {typed('report')} writes it, and you fill in right_label")
    from pyvideoai.inspection.relabel import new_folder, right_labels, training_command, write_tables
    from pyvideoai.inspection.runs import Run

    run = Run(folder, "best")
    right = right_labels(suspects, run)
    if not right:
        raise UserError(f"{suspects.absolute()}: the column right_label is empty; fill in a class's name, or drop")
    out = (options.out or new_folder(run)).absolute()
    refuse_unwritable(out)
    done = write_tables(run, right, out)
    same = f", {counted(done.confirmed, 'label')} confirmed" if done.confirmed else ""
    print(f"{counted(done.changed, 'label')} changed, {counted(done.dropped, 'video')} dropped{same}: {out}")
    print("\n".join(training_command(run, out)))
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("folder", nargs="?", metavar="FOLDER", help="an experiment's folder (its last version), or a version")
    add("suspects", nargs="?", type=Path, metavar="CSV", help="the filled-in table (report_suspects.csv in the folder)")
    add("-o", "--out", type=Path, metavar="FOLDER", help="a new folder (relabelled/ in the run's folder)")
    return parser.parse_args(arguments)
