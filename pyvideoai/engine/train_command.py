"""tools/run_train.py: from the command line to a finished run."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pyvideoai._version import __version__
from pyvideoai.arguments import Parser
from pyvideoai.config.arguments import add_config_arguments
from pyvideoai.config.load import Config, help_text, load
from pyvideoai.config.overrides import parse_overrides
from pyvideoai.data.splits import Tables, prepare, read_tables
from pyvideoai.engine.places import check_root, load_run
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import DEFAULT_ROOT, ExperimentFolder, experiment_base, find_version, open_folder

DESCRIPTION = """Train a video classifier: a dataset, a model and an experiment config.

  tools/run_train.py -D motion -M i3d_tiny -E quickstart
  tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_plateau --set global_batch=16
  tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_plateau -l last          # go on with the last run
  torchrun --nproc_per_node 4 tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_plateau"""

GROWS = "num_epochs"
ALIASES = {  # flags that are settings: they land in the snapshot like --set
    "test_period": ("-t", "--test_period", "multi-crop validation every so many epochs"),
    "num_epochs": ("-e", "--num_epochs", "passes over the training list"),
    "limit_train": ("--limit_train", "--limit_train", "train with only so many videos, classes in turn"),
    "seed": ("--seed", "--seed", "every random number derives from it"),
    "workers": ("--workers", "--workers", "data-loading worker processes"),
    "device": ("--device", "--device", "auto, cpu, cuda, cuda:<number> or mps"),
    "save_mode": ("--save_mode", "--save_mode", "best_last or all"),
}
SWITCHES = ("deterministic", "offline")


def main(arguments: Sequence[str]) -> int:
    """Run the tool; returns the exit code."""
    options = _parse(arguments)
    if options.help_config:
        print(help_text(CONTRACTS))
        return 0
    config = _load(options)
    if options.print_config:
        config.execute()
        print(config.table())
        return 0
    if options.load or options.source:
        check_root(config, _resumed_folder(options) if options.load else open_folder(options.source))
    tables = load_tables(config)
    from pyvideoai.engine.rehearsal import check  # torch is imported only once all that needs none has passed
    from pyvideoai.engine.run import overfit, train

    if options.check:
        return check(config, tables, base=_base(config, options))
    if options.overfit:
        return overfit(config, tables, options.overfit)
    folder = _resumed_folder(options) if options.load else None
    command = [Path(sys.argv[0]).name, *arguments]
    return train(config, tables, base=_base(config, options), resumed=folder, command=command)


def load_tables(config: Config) -> Tables:
    """Let the dataset make what it can make, then read and check its split tables."""
    prepare(config.dataset)
    return read_tables(config.dataset)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser("run_train.py", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config_arguments(parser)
    parser.add_argument(
        "--from", dest="source", metavar="FOLDER", help="repeat the experiment of this folder, from its snapshot"
    )
    parser.add_argument(
        "-S", "--subfolder", default=None, metavar="NAME", help="name of the run's sub-folder instead of its overrides"
    )
    parser.add_argument(
        "-R", "--root", default=DEFAULT_ROOT, metavar="FOLDER", help=f"root of all experiments ({DEFAULT_ROOT})"
    )
    parser.add_argument(
        "-v",
        "--version-number",
        dest="version",
        default="last",
        metavar="N",
        help="with -l last: which version to go on with",
    )
    parser.add_argument(
        "-l", "--load", metavar="last|FOLDER", help="go on with the last run of this experiment, or with this folder's"
    )
    parser.add_argument(
        "--check", action="store_true", help="check configs, data and model with one batch; train nothing"
    )
    parser.add_argument(
        "--overfit",
        type=_steps,
        metavar="STEPS",
        help="train on one batch so many times and see whether its loss falls (exit code 1 if not); write nothing",
    )
    parser.add_argument("--version", action="version", version=f"PyVideoAI {__version__}")
    for name, (short, long, text) in ALIASES.items():
        parser.add_argument(
            *dict.fromkeys([short, long]), dest=f"set_{name}", metavar="VALUE", help=f"the setting {name}: {text}"
        )
    for name in SWITCHES:
        parser.add_argument(f"--{name}", action="store_true", help=f"the setting {name} = True")
    return parser.parse_args(arguments)


def _steps(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps: write a whole number of at least 1")
    return int(text)


def _load(options: argparse.Namespace) -> Config:
    if options.load:
        return load_run(_resumed_folder(options), _changes(options))
    if options.source:
        return load_run(open_folder(options.source), _overrides(options))
    return _load_named(options, _overrides(options))


def _load_named(options: argparse.Namespace, overrides: list[str]) -> Config:
    missing = [
        flag
        for flag, value in (("-D", options.dataset), ("-M", options.model), ("-E", options.experiment))
        if not value
    ]
    if missing:
        raise UserError(
            f"{', '.join(missing)} missing: choose a dataset, a model and an experiment config (or --from FOLDER)"
        )
    return load(CONTRACTS, options.dataset, options.model, options.experiment, overrides)


def _overrides(options: argparse.Namespace) -> list[str]:
    flags = [f"{name}={value}" for name in ALIASES if (value := getattr(options, f"set_{name}")) is not None]
    switches = [f"{name}=True" for name in SWITCHES if getattr(options, name)]
    return [*options.overrides, *flags, *switches]


def _changes(options: argparse.Namespace) -> list[str]:
    """The overrides that go on top of a resumed run's snapshot: num_epochs, and how it runs (workers, device)."""
    parsed = parse_overrides(_overrides(options), CONTRACTS)
    kept = [each for each in parsed if each.setting.names_folder and each.setting.name != GROWS]
    if kept and options.load != "last":
        given = f"--set {kept[0].typed}"
        raise UserError(f"{given}: a resumed run keeps the settings of its snapshot; only num_epochs may grow")
    return [each.typed for each in parsed if each not in kept]


def _resumed_folder(options: argparse.Namespace) -> ExperimentFolder:
    """The version to go on with: a folder, or the last one of the experiment that -D -M -E --set name."""
    if options.load != "last":
        return open_folder(options.load)
    overrides = _overrides(options)
    base = _base(_load_named(options, overrides), options)
    if not base.is_dir():
        kept = [override for override in overrides if not override.startswith(f"{GROWS}=")]
        base = _base(_load_named(options, kept), options)
    return find_version(base, options.version)


def _base(config: Config, options: argparse.Namespace) -> Path:
    return experiment_base(
        config.names, config.folder_name if options.subfolder is None else options.subfolder, options.root
    )
