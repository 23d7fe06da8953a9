"""tools/run_eval.py: score a checkpoint of an experiment on any split, with any views; never makes a version."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.config_arguments import (
    SettingFlag,
    add_config_arguments,
    add_folder_arguments,
    naming_flags,
    prints,
    refuse_other_root,
)
from pyvideoai.commands.which_run import base_of, find_run, load_named, open_named
from pyvideoai.config.load import Config
from pyvideoai.data.control import CONTROLS
from pyvideoai.engine.places import check_root, load_run
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder, check_subfolder, find_version, has_versions

DESCRIPTION = """Score a trained model.

  tools/run_eval.py -D hmdb -M i3d_resnet50 -E crop224_plateau -l best -m multicrop     # 5 clips x 1 crop
  tools/run_eval.py --from data/experiments/hmdb/i3d_resnet50/crop224_plateau -l last --set test_views.clips=10 -p
  tools/run_eval.py -D kinetics400 -M i3d_resnet50 -E slowfast_196e --weights kinetics400       # published weights"""

# What an evaluation may set: how it looks at the videos and where they are, never what was trained.
EVALUATION_SETTINGS = (
    "val_views",
    "test_views",
    "eval_clips_per_device",
    "workers",
    "video_timeout_s",
    "reader",
    "start_method",
    "device",
    "amp",
    "metrics",
    "dataset.root",
    "dataset.prepared",
    "dataset.annotations",
)


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    _refuse_ineffective(options)
    with naming_flags(options):
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    folder = None if options.weights else find_folder(options)
    config = _load(options, folder)
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
    add_config_arguments(parser, CONTRACTS)
    add_folder_arguments(
        parser,
        source="the experiment folder itself, instead of -D -M -E",
        subfolder="the name that the run was given with -S",
        version="which version (last)",
    )
    parser.add_argument("-l", "--load", default="best", metavar="last|best|N|FILE", help="which checkpoint (best)")
    parser.add_argument(
        "--weights",
        metavar="NAME|FILE",
        help="score published weights as they are, not those of an experiment's folder: a name in the model's table, "
        "or a file that fills the whole network; files for 8x8 and 32x2 look alike (docs/MODEL_ZOO.md)",
    )
    parser.add_argument(
        "-m",
        "--mode",
        choices=["oneclip", "multicrop"],
        default="multicrop",
        help="val_views or test_views (multicrop)",
    )
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
    parser.add_argument(
        "--device",
        action=SettingFlag,
        metavar="VALUE",
        help="the setting device: auto, cpu, cuda, cuda:<number> or mps",
    )
    parser.add_argument("--offline", action="store_true", help="with --weights: never fetch them (offline = True)")
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


def _load(options: argparse.Namespace, folder: ExperimentFolder | None) -> Config:
    """Return the snapshot of a trained experiment, or for --weights the configs themselves."""
    if folder is not None:
        return load_run(folder, evaluation_overrides(options))
    flags = [*_device(options), *(["offline=True"] if options.offline else [])]
    return load_named(options, [*options.overrides, *flags])


def _device(options: argparse.Namespace) -> list[str]:
    return [f"device={options.device}"] if options.device else []


def find_folder(options: argparse.Namespace) -> ExperimentFolder:
    """Return the version that the options name.

    Overrides of an evaluation are not part of a folder's name, unless a run was trained with them.
    """
    if options.source:
        return open_named(options.source, options)
    trained = [override for override in options.overrides if not _for_evaluation(override)]
    if len(trained) < len(options.overrides) and options.subfolder is None:
        base = base_of(load_named(options, options.overrides), options)
        if has_versions(base):
            return find_version(base, options.version)
    return find_run(options, trained)


def evaluation_overrides(options: argparse.Namespace) -> list[str]:
    """Return the overrides that are applied to the snapshot. With --from, all must be settings of an evaluation."""
    for override in options.overrides:
        if options.source and not _for_evaluation(override):
            raise UserError(f"--set {override}: an evaluation may only set {', '.join(EVALUATION_SETTINGS)}")
    return [override for override in options.overrides if _for_evaluation(override)] + _device(options)


def _for_evaluation(override: str) -> bool:
    name = override.partition("=")[0].removeprefix("exp.")
    return any(name == each or name.startswith(f"{each}.") for each in EVALUATION_SETTINGS)
