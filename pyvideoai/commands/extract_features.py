"""tools/run_feature_extract.py: the features of videos, in a folder that tables explain."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.config_arguments import add_config_arguments, naming_flags, prints
from pyvideoai.commands.parts import SPLIT_HELP, asked_parts
from pyvideoai.commands.scored import add_checkpoint_argument, add_device_argument, evaluation_overrides, flag_overrides
from pyvideoai.commands.which_run import load_named, open_named
from pyvideoai.config.load import Config
from pyvideoai.engine.places import load_run
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder

if TYPE_CHECKING:
    from pyvideoai.data.recorded import Part

DESCRIPTION = """Write the features that a network gives for videos to a folder: safetensors and a table for each split.

  tools/run_feature_extract.py -D hmdb -M r3d_18 -E probe --out features/hmdb
  tools/run_feature_extract.py --from data/experiments/motion/i3d_tiny/quickstart --split test --out features/motion
  tools/run_feature_extract.py -D kinetics400 -M r3d_18 -E probe --module layer3 --out features/clips more_clips/

-D -M -E take the experiment's pretrained weights, --from those of a run. A second call computes what is missing or has
changed: videos, settings, weights. The tables name each row's keys and frames; heads train on such a folder by
tools/run_train.py -D features --set dataset.root=features/hmdb -M features -E probe."""
EPILOGUE = (
    "Exit code: 0 when all videos were decoded, 1 when some could not be (they are named), 2 for a wrong command."
)


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    with naming_flags(options):
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    _refuse_ineffective(options)
    folder = open_named(options.source, options) if options.source else None
    config = _load(options, folder)
    if prints(config, options):
        return 0
    if config.dataset.features:
        raise UserError("-D features has no videos: take the dataset that they are of")
    if options.mode == "fixed" and not config.exp.fixed_views:
        raise UserError(
            "-m fixed takes the experiment's fixed_views, and it has none: take -E probe, or set fixed_views"
        )
    if config.exp.mix is not None and config.exp.fixed_views and options.mode in (None, "fixed"):
        raise UserError("fixed views are of one video each, and mix mixes them with others: set mix = None")
    classes, parts = _asked(options, config, folder)
    from pyvideoai.engine.extracting import Asked, extract  # torch is imported once all that needs none has passed

    asked = Asked(parts, classes, options.out, options.mode, options.module, labelled=not options.videos)
    return extract(config, asked, folder, options.load)


def _refuse_ineffective(options: argparse.Namespace) -> None:
    given = {"-l": options.load != "best", "-v": options.version is not None}
    if not options.source and any(given.values()):
        flag = next(name for name, is_given in given.items() if is_given)
        raise UserError(f"{flag} is for the run that --from names; -D -M -E take the experiment's pretrained weights")


def _load(options: argparse.Namespace, folder: ExperimentFolder | None) -> Config:
    if folder is not None:
        return load_run(folder, evaluation_overrides(options))
    return load_named(options, [*options.overrides, *flag_overrides(options)])


def _asked(
    options: argparse.Namespace, config: Config, folder: ExperimentFolder | None
) -> "tuple[list[str], dict[str, Part]]":
    """Return the classes, and the tables by their names."""
    from pyvideoai.data.recorded import Part

    if options.videos:
        from pyvideoai.predicting.sources import read_sources

        if options.split:
            raise UserError(f"--split {options.split} is of the dataset: leave out it, or the videos")
        classes = folder.read_run()["classes"] if folder else list(config.dataset.classes())
        return classes, {"videos": Part("videos", classes, read_sources(options.videos, sys.stdin))}
    return asked_parts(config, folder, options.split)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("videos", nargs="*", metavar="VIDEO", help="videos, folders, lists (.csv, .txt) or -, in place of splits")
    add_config_arguments(parser, CONTRACTS)
    add("--from", dest="source", metavar="FOLDER", help="an experiment folder, whose trained network is taken")
    add("-v", "--version-number", dest="version", metavar="N", help="with --from: which version (last)")
    add_checkpoint_argument(parser, note="with --from: ")
    add("--split", metavar="NAME,...", help=SPLIT_HELP)
    add("--module", metavar="NAME", help="the module whose output is kept (default: what goes into the classifier)")
    add(
        "-m",
        "--mode",
        choices=["fixed", "multicrop", "oneclip"],
        help="fixed_views as training draws them, test_views, or val_views (fixed for train if the experiment has "
        "them, else multicrop)",
    )
    add("--out", type=Path, required=True, metavar="FOLDER", help="where features and tables are kept")
    add_device_argument(parser)
    return parser.parse_args(arguments)
