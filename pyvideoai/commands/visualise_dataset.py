"""tools/visualise_dataset.py: what a dataset feeds to the network, and what its videos are."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.config_arguments import add_config_arguments, add_visualised_argument, naming_flags, prints
from pyvideoai.commands.parts import SPLIT_HELP, asked_parts
from pyvideoai.commands.which_run import load_named, open_named
from pyvideoai.engine.places import load_run
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import refuse_unwritable

DESCRIPTION = """Draw clips exactly as each split feeds them to the network, beside the frames of their files, and what
the dataset's videos are: classes, lengths, frame rates, sizes.

  tools/visualise_dataset.py -D folder --set dataset.root=my_videos -M i3d_tiny -E quickstart_clips
  tools/visualise_dataset.py --from data/experiments/motion/i3d_tiny/quickstart --split train --epoch 5

It writes <split>_clips.png and .mp4, classes.png and .csv, videos.png and .csv. Clips of train are those of an epoch:
cut, mirrored, augmented and mixed by the draws of its seed. Of val and test they are views, as they are scored."""
EPILOGUE = "Exit code: 0 when all videos were read, 1 when some could not be (they are named), 2 for a wrong command."


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    with naming_flags(options):
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    folder = open_named(options.source, options) if options.source else None
    config = load_run(folder, options.overrides) if folder else load_named(options, options.overrides)
    if prints(config, options):
        return 0
    if config.dataset.features:
        raise UserError("-D features has no videos: take the dataset that they are of")
    out = (options.out or (folder.path if folder else Path()) / "visualised").absolute()
    refuse_unwritable(out)
    classes, parts = asked_parts(config, folder, options.split)
    # torch is imported once all that needs none has passed
    from pyvideoai.engine.feature_maker import train_input_of
    from pyvideoai.inspection.dataset.whole import Look
    from pyvideoai.processes import start_processes

    train_input = train_input_of(config, len(classes))
    look = Look(config, classes, parts, train_input, epoch=options.epoch, clips=options.clips, videos=options.videos)
    with start_processes("cpu") as processes:
        return 1 if look.write(out, processes, print) else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config_arguments(parser, CONTRACTS)
    add = parser.add_argument
    add("--from", dest="source", metavar="FOLDER", help="a run, with its settings and its splits, instead of -D -M -E")
    add("-v", "--version-number", dest="version", metavar="N", help="with --from: which version (last)")
    add("--split", metavar="NAME,...", help=SPLIT_HELP)
    add("--epoch", type=_count, default=1, metavar="N", help="the epoch whose clips are shown of train (1)")
    add("--clips", type=_count, default=12, metavar="N", help="how many clips of each split are drawn (12)")
    add("--videos", type=_count, default=2000, metavar="N", help="how many videos of each split are opened (2000)")
    add_visualised_argument(parser)
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
