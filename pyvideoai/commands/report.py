"""tools/report.py: a run, or several side by side, as one HTML file."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.compare import without_effect
from pyvideoai.errors import UserError
from pyvideoai.experiment import open_folder, refuse_unwritable
from pyvideoai.files import write_whole
from pyvideoai.program import typed

DESCRIPTION = """Write a report: one HTML file that opens in any browser, from disk, and loads nothing from a network.

  tools/report.py data/experiments/hmdb/i3d_resnet50/crop224_plateau
  tools/report.py data/experiments/motion/i3d_tiny/quickstart/seed=* --out seeds.html

Of one run: scores, curves, confusions, classes, calibration, kinds of videos, mistakes as film strips, training videos
whose label may be wrong (and a CSV of them to edit), near copies across splits, speed, settings with their origin, and
environment. Of several: their scores and the settings that differ, mean ± sd, gains with intervals, overlaid curves."""


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    if not options.folders:
        raise UserError("give the folder of an experiment, or of one of its versions; several are compared")
    folders = [open_folder(folder) for folder in options.folders]
    if options.features is not None and len(folders) > 1:
        raise UserError("--features are looked at in a report of one run: give one folder")
    only = folders[0].path / "report.html" if len(folders) == 1 else Path("comparison.html")
    out = (options.out or only).absolute()
    if out.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"--out {out}: give a file that ends in .html")
    refuse_unwritable(out.parent)
    out.parent.mkdir(parents=True, exist_ok=True)
    from pyvideoai.inspection.page.whole import page_of_one, page_of_several
    from pyvideoai.inspection.runs import Run

    runs = [Run(folder, options.load) for folder in folders]
    suspects = out.with_name(f"{out.stem}_suspects.csv")
    if len(runs) == 1:
        page = page_of_one(runs[0], suspects, duplicates=options.duplicates, features=options.features)
    else:
        page = page_of_several(runs, without_effect())
    write_whole(out, page)
    print(f"report: {out}")
    if len(runs) == 1 and suspects.exists():
        print(f"likely wrong labels: {suspects}; {typed('relabel')} applies what you fill in")
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folders", nargs="*", metavar="FOLDER", help="an experiment's folder (its last version), or a version"
    )
    parser.add_argument("-l", "--load", choices=["best", "last"], default="best", help="which weights' scores (best)")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE.html", help="the file (report.html in the folder; comparison.html here)"
    )
    parser.add_argument(
        "--features",
        type=Path,
        metavar="FOLDER",
        help="features of the training videos, by tools/run_feature_extract.py: wrong labels are found better (a "
        "probe's own are known)",
    )
    parser.add_argument(
        "--duplicates", action="store_true", help="look for near copies across splits in more than 1,000 videos too"
    )
    return parser.parse_args(arguments)
