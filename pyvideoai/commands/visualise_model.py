"""tools/visualise_model.py: where in a clip, and when, is what a network decides by."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.config_arguments import add_visualised_argument, naming_flags, prints
from pyvideoai.commands.scored import add_scored_arguments, find_folder, load_scored, scored_network, take_folder
from pyvideoai.errors import UserError
from pyvideoai.experiment import refuse_unwritable

DESCRIPTION = """Draw where in a video's clip, and when, is what a network decides by.

  tools/visualise_model.py data/experiments/motion/i3d_tiny/quickstart clip.mp4 more_clips/
  tools/visualise_model.py data/experiments/motion/i3d_tiny/quickstart clip.mp4 --class left --layer layer3
  tools/visualise_model.py data/experiments/motion/i3d_tiny/quickstart --layers

Of each video it takes the view of val_views in the middle, and writes a film strip (PNG) and a GIF: the blocks of
pixels that speak for the most probable class by integrated gradients, or the places by Grad-CAM of a layer, and how
much of its probability is lost when a part of the frames is hidden; frames.csv has the numbers. Videos are named as
for tools/run_predict.py."""
EPILOGUE = "Exit code: 0 when all videos were read, 1 when some could not be (they are named), 2 for a wrong command."
USAGE = (
    "give an experiment folder (or -D -M -E, perhaps with --weights), then videos: visualise_model.py FOLDER VIDEO ..."
)


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    sources = take_folder(options, USAGE)
    if options.weights and options.source:
        raise UserError("--weights are published ones, for -D -M -E; an experiment's own are chosen with -l")
    with naming_flags(options):
        folder = find_folder(options)
        config = load_scored(options, folder)
    if prints(config, options):
        return 0
    if not sources and not options.layers:
        raise UserError(f"no videos: {USAGE}")
    out = (options.out or (folder.path if folder else Path()) / "visualised").absolute()
    refuse_unwritable(out)
    from pyvideoai.inspection.model.whole import Looker
    from pyvideoai.predicting.sources import read_sources
    from pyvideoai.reporting.reporter import Reporter

    reporter = Reporter(None)
    trained = scored_network(options, config, folder, reporter)
    looker = Looker(trained, options.layer, options.class_name)
    if options.layers:
        print(looker.layers())
        return 0
    table = read_sources(sources, sys.stdin)
    if table.empty:
        raise UserError("no videos in what was given")
    return 1 if looker.write(table, out, reporter.log) else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("sources", nargs="*", metavar="VIDEO", help="after the experiment's folder: videos, folders, lists, or -")
    add_scored_arguments(parser, source="the experiment folder, in place of the first argument", views=False)
    add(
        "--layer",
        metavar="NAME",
        default="pixels",
        help="whose Grad-CAM is drawn; last: the last one of 4 x 4 places or more (pixels: integrated gradients)",
    )
    add("--layers", action="store_true", help="list the layers that have places, and draw nothing")
    add("--class", dest="class_name", metavar="NAME", help="the class that is asked about (the most probable one)")
    add_visualised_argument(parser)
    return parser.parse_args(arguments)
