"""What a command scores or predicts with: a run's checkpoint (a folder and -l) or published ones (--weights).

`add_scored_arguments` adds the options, `find_folder` and `load_scored` read them.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.commands.config_arguments import SettingFlag, add_config_arguments, add_folder_arguments
from pyvideoai.commands.which_run import base_of, find_run, load_named, open_named
from pyvideoai.config.load import Config
from pyvideoai.engine.places import load_run
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder, find_version, has_versions, version_of

if TYPE_CHECKING:
    from pyvideoai.reporting.reporter import Reporter
    from pyvideoai.scoring.loading import Trained

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
    "compile",
    "metrics",
    "dataset.root",
    "dataset.prepared",
    "dataset.annotations",
)


def add_scored_arguments(parser: argparse.ArgumentParser, *, source: str, views: bool = True) -> None:
    """Add the options that name configs, a run's folder and its checkpoint or published weights, and how to compute.

    They set `load`, `weights`, `mode`, `device` and `offline` besides what `add_config_arguments` and
    `add_folder_arguments` set. source: the help of --from. views: whether there is a choice of them, -m.
    """
    add_config_arguments(parser, CONTRACTS)
    subfolder, version = "the name that the run was given with -S", "which version (last)"
    add_folder_arguments(parser, source=source, subfolder=subfolder, version=version)
    add = parser.add_argument
    add_checkpoint_argument(parser)
    add(
        "--weights",
        metavar="NAME|FILE",
        help="take published weights as they are, not those of an experiment's folder: a name in the model's table, or "
        "a file that fills the whole network; files for 8x8 and 32x2 look alike (docs/MODEL_ZOO.md)",
    )
    if views:
        choices, help_text = ["oneclip", "multicrop"], "val_views or test_views (multicrop)"
        add("-m", "--mode", choices=choices, default="multicrop", help=help_text)
    add_device_argument(parser)
    add("--offline", action="store_true", help="with --weights: never fetch them (offline = True)")


def add_checkpoint_argument(parser: argparse.ArgumentParser, *, note: str = "") -> None:
    """Add -l, which sets `load`. note: stands before its help."""
    help_text = f"{note}which checkpoint (best)"
    parser.add_argument("-l", "--load", default="best", metavar="last|best|N|FILE", help=help_text)


def add_device_argument(parser: argparse.ArgumentParser) -> None:
    """Add --device, which is short for a setting."""
    help_text = "the setting device: auto, cpu, cuda, cuda:<number> or mps"
    parser.add_argument("--device", action=SettingFlag, metavar="VALUE", help=help_text)


def take_folder(options: argparse.Namespace, usage: str) -> list[str]:
    """Return the videos among `options.sources`; without configs the first one is the run's folder or checkpoint.

    usage: the error where that is missing.
    """
    sources = list(options.sources)
    if options.source is None and not (options.dataset or options.model or options.experiment):
        if not sources:
            raise UserError(usage)
        options.source = sources.pop(0)
    if options.source and Path(options.source).suffix == ".pth" and Path(options.source).is_file():
        options.load, options.source = options.source, str(version_of(options.source))
    return sources


def find_folder(options: argparse.Namespace) -> ExperimentFolder | None:
    """Return the version that the options name; None with --weights.

    Overrides of an evaluation are not part of a folder's name, unless a run was trained with them.
    """
    if options.weights:
        return None
    if options.source:
        return open_named(options.source, options)
    trained = [override for override in options.overrides if not _for_evaluation(override)]
    if len(trained) < len(options.overrides) and options.subfolder is None:
        base = base_of(load_named(options, options.overrides), options)
        if has_versions(base):
            return find_version(base, options.version)
    return find_run(options, trained)


def load_scored(options: argparse.Namespace, folder: ExperimentFolder | None) -> Config:
    """Return the snapshot of the run in `folder`, or for --weights the configs that are named."""
    if folder is not None:
        return load_run(folder, evaluation_overrides(options))
    offline = ["offline=True"] if options.offline else []
    return load_named(options, [*options.overrides, *flag_overrides(options), *offline])


def scored_network(
    options: argparse.Namespace, config: Config, folder: ExperimentFolder | None, reporter: "Reporter"
) -> "Trained":
    """Return the network with the weights that -l or --weights name, on its device."""
    from pyvideoai.processes import pick_device
    from pyvideoai.scoring.loading import load_published, load_trained

    device = pick_device(config.exp.device)
    if folder is not None:
        return load_trained(config, folder, options.load, device)
    return load_published(config, options.weights, config.dataset.classes(), device, reporter)


def evaluation_overrides(options: argparse.Namespace) -> list[str]:
    """Return the overrides that are applied to the snapshot. With --from, all must be settings of an evaluation."""
    for override in options.overrides:
        if options.source and not _for_evaluation(override):
            raise UserError(f"--set {override}: an evaluation may only set {', '.join(EVALUATION_SETTINGS)}")
    return [override for override in options.overrides if _for_evaluation(override)] + flag_overrides(options)


def flag_overrides(options: argparse.Namespace) -> list[str]:
    """Return what --device and --workers set, if they are given."""
    given = {name: getattr(options, name, None) for name in ("device", "workers")}
    return [f"{name}={value}" for name, value in given.items() if value]


def _for_evaluation(override: str) -> bool:
    name = override.partition("=")[0].removeprefix("exp.")
    return any(name == each or name.startswith(f"{each}.") for each in EVALUATION_SETTINGS)
