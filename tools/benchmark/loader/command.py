"""The command line of tools/benchmark_loader.py."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.config_arguments import add_config_arguments, prints
from pyvideoai.config.contract import Contract
from pyvideoai.config.load import load
from pyvideoai.errors import UserError

DESCRIPTION = """How many clips a second one core and several worker processes load, beside the peers and the limit.

  tools/benchmark_loader.py -D ucf101 --set dataset.root=/data/UCF-101 -M i3d_resnet50 -E crop224_plateau
  tools/benchmark_loader.py --videos /data/kinetics /data/hmdb51 --clip 8x8 --clip 32x2 --test 5x1 --test 10x3

Every contestant does the same clips of the same files in turns, with one thread; times are processor time. MMAction2's
and PySlowFast's are their orders of work in our words (MMAction2's needs pip install 'pyvideoai[benchmark]');
--mmaction2 lets MMAction2's own transforms take part too, where mmaction2 is installed. --against video_reader-rs
torchcodec opencv decord2: readers that are installed, which give their frames to our own cutter. The limit is libav
decoding the fewest frames that the clips need, and nothing else. --set clips_per_video=4 and --set
dataset.prepared=FOLDER show what those settings bring."""
PEERS = ("mmaction2", "slowfast")
READERS = {  # contestant -> what pip calls it
    "video_reader-rs": "video_reader-rs",
    "torchcodec": "torchcodec",
    "opencv": "opencv-python-headless",
    "decord2": "decord2",
}
MOST_FILES, ROUNDS = 20, 3


def main(contracts: Sequence[Contract], arguments: Sequence[str] | None = None) -> int:
    """Measure and report; returns the exit code. Raises UserError."""
    options = _parser(contracts).parse_args(arguments)
    if options.print_config and prints(load(contracts, *names_of(options), options.overrides), options):
        return 0
    if options.rounds < 1 or (options.files is not None and options.files < 1):
        raise UserError("--rounds and --files: at least 1")
    from benchmark.loader import run  # imports torch: once the command line is right

    cases = run.chosen_cases(contracts, options, None if options.videos else names_of(options))
    found = run.measure(cases, options)
    print(run.report(found, options))
    return 0


def names_of(options: argparse.Namespace) -> tuple[str, str, str]:
    """(dataset, model, experiment). Raises UserError."""
    names = options.dataset, options.model, options.experiment
    if not all(names):
        raise UserError("say what to measure: -D -M -E, or --videos FOLDER")
    return names


def _parser(contracts: Sequence[Contract]) -> argparse.ArgumentParser:
    parser = Parser(
        prog="tools/benchmark_loader.py",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_arguments(parser, contracts)
    _add_what(parser.add_argument_group("what is measured"))
    _add_how(parser.add_argument_group("how"))
    return parser


def _add_what(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--videos", nargs="+", type=Path, metavar="FOLDER", help="plain folders of videos instead of -D -M -E")
    add("--clip", action="append", metavar="8x8", help="with --videos: FRAMESxSTRIDE of a training clip (8x8)")
    add(
        "--test", action="append", default=[], metavar="10x3", help="with --videos: CLIPSxCROPS of a test, 1 or 3 crops"
    )
    add(
        "--parts",
        nargs="+",
        choices=("train", "val", "test"),
        default=["train", "test"],
        help="with -D -M -E: what of the experiment (train test)",
    )
    add("--files", type=int, default=MOST_FILES, metavar="N", help=f"videos per folder or split at most ({MOST_FILES})")
    add(
        "--against",
        nargs="*",
        choices=(*PEERS, *READERS),
        default=PEERS,
        help="peers to compare with: orders of work (mmaction2 slowfast, the default) and other readers before our own "
        "cutting; none: only the limit",
    )
    add("--mmaction2", action="store_true", help="MMAction2's own transforms too, from the installed package")
    add("--workers", nargs="+", type=int, default=[], metavar="N", help="clips a second of wall clock with N workers")
    add("--memory", type=int, metavar="CLIPS", help="memory of a worker over so many clips")
    add("--no-exact", action="store_true", help="do not compare frames with decoding from the start")


def _add_how(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--rounds",
        type=int,
        default=ROUNDS,
        metavar="N",
        help=f"times every video is read; other clips each ({ROUNDS})",
    )
    add("--seed", type=int, default=0, help="which videos, where there are more than --files")
    add("--out", type=Path, metavar="FOLDER", help="write loader.csv, turns.csv, loader.md and loader.png here")
    add("--markdown", action="store_true", help="print the tables as Markdown, to be pasted")
