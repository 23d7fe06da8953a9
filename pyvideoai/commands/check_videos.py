"""The command line of tools/check_videos.py."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.cores import usable_cores
from pyvideoai.errors import printable
from pyvideoai.video.checking import many
from pyvideoai.video.layouts.index import IndexWriter

EPILOGUE = "Exit code: 0 when there is no fault, 1 when there is one, 2 when the command can't be run."


def main(arguments: Sequence[str] | None = None) -> int:
    """Check videos and report; return the exit code. Raises UserError."""
    from tqdm import tqdm

    options = _parser().parse_args(arguments)
    writer = IndexWriter(options.index) if options.index else None
    jobs = [job for source in options.sources for job in many.jobs_of(source, options.root)]
    work = many.check_all(
        jobs, exact=options.exact, short_frames=options.short_frames, processes=options.processes or usable_cores()
    )
    checked = sorted(
        tqdm(work, total=len(jobs), desc="checking", unit="video", leave=False, disable=None),
        key=lambda each: (each.split, each.path),
    )
    many.compare(checked)
    print(printable(many.summary(checked)))
    if options.out:
        many.write_csv(options.out, checked)
        print(f"table: {options.out.absolute()}")
    if writer:
        print(f"frame index: {many.write_index(writer, checked)}")
    return 1 if any(each.faults for each in checked) else 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(description="Check videos before training.", epilog=EPILOGUE)
    parser.add_argument(
        "sources", nargs="+", type=Path, metavar="FOLDER|VIDEO|SPLIT.csv", help="videos, or tables that name them"
    )
    parser.add_argument(
        "--root", type=Path, help="folder that a table's paths are relative to (default: the table's own)"
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="decode everything: find damage behind the first frame too, and prove every frame that the reader gives",
    )
    parser.add_argument(
        "--short_frames", type=int, default=1, metavar="N", help="note videos of fewer frames than this"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write a table with a row for each video")
    parser.add_argument(
        "--index", type=Path, metavar="FOLDER", help="write the frame index of the videos under this folder"
    )
    parser.add_argument("--processes", type=int, help="default: one per core")
    return parser
