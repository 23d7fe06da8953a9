"""tools/run_eval.py: score a checkpoint of an experiment on any split, with any views; never makes a version."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.config_arguments import naming_flags, prints, refuse_other_root
from pyvideoai.commands.scored import add_scored_arguments, find_folder, load_scored
from pyvideoai.data.control import CONTROLS
from pyvideoai.engine.places import check_root
from pyvideoai.errors import UserError
from pyvideoai.experiment import check_subfolder

DESCRIPTION = """Score a trained model.

  tools/run_eval.py -D hmdb -M i3d_resnet50 -E crop224_plateau -l best -m multicrop     # 5 clips x 1 crop
  tools/run_eval.py --from data/experiments/hmdb/i3d_resnet50/crop224_plateau -l last --set test_views.clips=10 -p
  tools/run_eval.py -D kinetics400 -M i3d_resnet50 -E slowfast_196e --weights kinetics400       # published weights"""


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    _refuse_ineffective(options)
    with naming_flags(options):
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    folder = find_folder(options)
    config = load_scored(options, folder)
    if prints(config, options):
        return 0
    from pyvideoai.scoring.evaluation import score_checkpoint

    if folder is not None:
        check_root(config, folder)

    return score_checkpoint(
        config,
        folder,
        checkpoint=options.weights or options.load,
        views=options.mode,
        split=options.split,
        out=options.out,
        metrics=options.metrics,
        control=options.control,
        wished=options.precision / 100,
    )


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_scored_arguments(parser, source="the experiment folder itself, instead of -D -M -E")
    parser.add_argument(
        "--split", choices=["train", "val", "test"], help="which videos (test, or val where there is no test)"
    )
    parser.add_argument(
        "-p",
        "--save_predictions",
        action="store_true",
        help="no longer needed: predictions/<split>_... is always written, with tables and figures of the classes",
    )
    parser.add_argument(
        "--metrics",
        metavar="NAME,...",
        help="measure these instead of the experiment's: top<number>, mean_class_accuracy, macro_f1, ece, map",
    )
    parser.add_argument(
        "--precision",
        type=_percent,
        default=90.0,
        metavar="PERCENT",
        help="the precision whose threshold per_class.csv gives for each class (90)",
    )
    parser.add_argument(
        "--control",
        choices=CONTROLS,
        help="disturb the frames of each clip: a model that scores as before looks at scenes, not at motion",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    return parser.parse_args(arguments)


def _percent(text: str) -> float:
    value = float(text)
    if not 0 < value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a percentage above 0, up to 100")
    return value


def _refuse_ineffective(options: argparse.Namespace) -> None:
    """Refuse options that have no effect together with the others."""
    if options.subfolder is not None:
        check_subfolder(options.subfolder)
    if options.source and options.subfolder is not None:
        raise UserError(f"-S {options.subfolder}: --from names the folder already; leave -S out")
    refuse_other_root(options, "--from", options.source)
    of_folder = {
        "--from": options.source,
        "-S": options.subfolder,
        "-R": options.root,
        "-v": options.version,
        "-p": options.save_predictions,
    }
    given = [flag for flag, value in of_folder.items() if value]
    if options.weights and given:
        raise UserError(f"{given[0]} is for the folder of an experiment; --weights are scored without one, see --out")
