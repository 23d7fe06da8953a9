"""tools/run_eval.py: score a checkpoint of an experiment on any split, with any views; never makes a version."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyvideoai._version import __version__
from pyvideoai.arguments import Parser
from pyvideoai.config.arguments import add_config_arguments
from pyvideoai.config.load import Config, help_text, load
from pyvideoai.engine.places import check_root, load_run
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import DEFAULT_ROOT, ExperimentFolder, experiment_base, find_version, open_folder

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
    """Run the tool; returns the exit code."""
    options = _parse(arguments)
    if options.help_config:
        print(help_text(CONTRACTS))
        return 0
    folder = None if options.weights else find_folder(options)
    config = _load(options, folder)
    if options.print_config:
        config.execute()
        print(config.table())
        return 0
    from pyvideoai.engine.scoring import score_checkpoint

    if folder is not None:
        check_root(config, folder)

    return score_checkpoint(
        config,
        folder,
        checkpoint=options.weights or options.load,
        views=options.mode,
        split=options.split,
        save_predictions=options.save_predictions,
        out=options.out,
    )


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser("run_eval.py", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config_arguments(parser)
    parser.add_argument(
        "--from", dest="source", metavar="FOLDER", help="the experiment folder itself, instead of -D -M -E"
    )
    parser.add_argument(
        "-S", "--subfolder", default=None, metavar="NAME", help="the name that the run was given with -S"
    )
    parser.add_argument(
        "-R", "--root", default=DEFAULT_ROOT, metavar="FOLDER", help=f"root of all experiments ({DEFAULT_ROOT})"
    )
    parser.add_argument(
        "-v", "--version-number", dest="version", default="last", metavar="N", help="which version (last)"
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
        "-p", "--save_predictions", action="store_true", help="write predictions/<split>_....csv and .npz"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    parser.add_argument(
        "--device", dest="device", metavar="VALUE", help="the setting device: auto, cpu, cuda, cuda:<number> or mps"
    )
    parser.add_argument("--offline", action="store_true", help="with --weights: never fetch them (offline = True)")
    parser.add_argument("--version", action="version", version=f"PyVideoAI {__version__}")
    return parser.parse_args(arguments)


def _load(options: argparse.Namespace, folder: ExperimentFolder | None) -> Config:
    """The snapshot of a trained experiment, or for --weights the configs themselves."""
    if folder is not None:
        return load_run(folder, evaluation_overrides(options))
    if options.source or options.save_predictions:
        given = "--from" if options.source else "-p"
        raise UserError(f"{given} is for the folder of an experiment; --weights are scored without one, see --out")
    _require_names(options)
    flags = [*_device(options), *(["offline=True"] if options.offline else [])]
    return load(CONTRACTS, options.dataset, options.model, options.experiment, [*options.overrides, *flags])


def _device(options: argparse.Namespace) -> list[str]:
    return [f"device={options.device}"] if options.device else []


def _require_names(options: argparse.Namespace) -> None:
    if not (options.dataset and options.model and options.experiment):
        raise UserError("say which experiment: -D -M -E, or --from FOLDER")


def find_folder(options: argparse.Namespace) -> ExperimentFolder:
    """The version that the options name. Overrides for evaluation name no folder, unless one was trained with them."""
    if options.source:
        return open_folder(options.source)
    _require_names(options)
    trained = [override for override in options.overrides if not _for_evaluation(override)]
    bases = [_base(options, overrides) for overrides in (options.overrides, trained)]
    return find_version(next((base for base in bases if base.is_dir()), bases[-1]), options.version)


def evaluation_overrides(options: argparse.Namespace) -> list[str]:
    """The overrides that go on top of the snapshot. With --from, all must be settings of an evaluation."""
    for override in options.overrides:
        if options.source and not _for_evaluation(override):
            raise UserError(f"--set {override}: an evaluation may only set {', '.join(EVALUATION_SETTINGS)}")
    return [override for override in options.overrides if _for_evaluation(override)] + _device(options)


def _for_evaluation(override: str) -> bool:
    name = override.partition("=")[0].removeprefix("exp.")
    return any(name == each or name.startswith(f"{each}.") for each in EVALUATION_SETTINGS)


def _base(options: argparse.Namespace, overrides: list[str]) -> Path:
    config: Config = load(CONTRACTS, options.dataset, options.model, options.experiment, overrides)
    return experiment_base(
        config.names, config.folder_name if options.subfolder is None else options.subfolder, options.root
    )


def result_line(result: dict[str, Any]) -> str:
    """The greppable last line of an evaluation."""
    return " ".join(f"{name}={value:.4f}" for name, value in result["metrics"].items())
