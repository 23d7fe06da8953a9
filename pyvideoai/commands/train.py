"""tools/run_train.py: from the command line to a finished run."""

import argparse
import sys
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
from pyvideoai.commands.which_run import (
    GROWS,
    SETTLED,
    agree,
    base_of,
    begun_before_restart,
    find_run,
    load_named,
    open_named,
    settings_of,
)
from pyvideoai.config.load import Config
from pyvideoai.config.run.snapshot import read_snapshot
from pyvideoai.config.values.overrides import parse_overrides
from pyvideoai.data.lists import Tables, prepare, read_tables
from pyvideoai.engine.places import check_root, load_run
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder, check_subfolder
from pyvideoai.unpack import dataset_of

DESCRIPTION = """Train a video classifier: a dataset, a model and an experiment config.

  tools/run_train.py -D motion -M i3d_tiny -E quickstart
  tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_plateau --set global_batch=16
  tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_plateau -l last          # go on with the last run
  torchrun --nproc_per_node 4 tools/run_train.py -D hmdb -M i3d_resnet50 -E crop224_plateau"""

ALIASES = {  # flags that are settings: they land in the snapshot like --set
    "test_period": ("-t", "--test_period", "multi-crop validation every so many epochs"),
    "num_epochs": ("-e", "--num_epochs", "passes over the training list"),
    "limit_train": ("--limit_train", "--limit_train", "train with only so many videos, classes in turn"),
    "seed": ("--seed", "--seed", "every random number derives from it"),
    "workers": ("--workers", "--workers", "data-loading worker processes"),
    "device": ("--device", "--device", "auto, cpu, cuda, cuda:<number> or mps"),
    "save_mode": ("--save_mode", "--save_mode", "best_last or all"),
}
RANGE_TEST_STEPS = 100
SWITCHES = ("deterministic", "offline")


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    _refuse_ineffective(options)
    with naming_flags(options):
        return _run(options, arguments)


def _run(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    folder = _named_folder(options)
    config = _load(options, folder)
    if prints(config, options):
        return 0
    if not options.load and (begun := begun_before_restart(base_of(config, options))):
        folder, options.load = begun, str(begun.path)
        config = _load(options, folder)
    if folder is not None:
        check_root(config, folder)
    _refuse_absent_device(config)
    tables = load_tables(config)
    from pyvideoai.engine.rehearsal import check  # torch is imported only once all that needs none has passed
    from pyvideoai.engine.runner import find_lr, overfit, train

    base = base_of(config, options)
    if options.check:
        return check(config, tables, base=base)
    if options.overfit:
        return overfit(config, tables, options.overfit)
    if options.find_lr:
        return find_lr(config, tables, options.find_lr, base)
    command = [Path(sys.argv[0]).name, *arguments]
    return train(config, tables, base=base, resumed=folder if options.load else None, command=command)


def _refuse_absent_device(config: Config) -> None:
    """Raise UserError if the device that was asked for is missing, before data is made or read."""
    if config.exp.device in ("auto", "cpu"):
        return
    from pyvideoai.processes import own_device  # only here: it imports torch

    own_device(config.exp.device)


def load_tables(config: Config) -> Tables:
    """Let the dataset make its data if it can, then read and check its split tables."""
    dataset = dataset_of(config.dataset)
    prepare(dataset)
    return read_tables(dataset)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config_arguments(parser, CONTRACTS)
    add_folder_arguments(
        parser,
        source="repeat the experiment of this folder, from its snapshot",
        subfolder="name of the run's sub-folder instead of its overrides",
        version="with -l or --from: which version (the last)",
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
    parser.add_argument(
        "--find_lr",
        nargs="?",
        type=_steps,
        const=RANGE_TEST_STEPS,
        metavar="STEPS",
        help=f"a learning-rate range test of so many steps ({RANGE_TEST_STEPS}): a figure, a CSV and a rate to begin "
        "with; no version is made",
    )
    for name, (short, long, text) in ALIASES.items():
        parser.add_argument(
            *dict.fromkeys([short, long]),
            action=SettingFlag,
            dest=f"set_{name}",
            metavar="VALUE",
            help=f"the setting {name}: {text}",
        )
    for name in SWITCHES:
        parser.add_argument(
            f"--{name}", action=SettingFlag, nargs=0, const=True, dest=f"set_{name}", help=f"the setting {name} = True"
        )
    return parser.parse_args(arguments)


def _steps(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of steps: write a whole number of at least 1")
    return int(text)


def _refuse_ineffective(options: argparse.Namespace) -> None:
    """Refuse options that have no effect together with the others."""
    if options.subfolder is not None:
        check_subfolder(options.subfolder)
    if options.load and options.source:
        raise UserError("-l goes on with a run, --from repeats one: give one of them")
    tries = {"--check": options.check, "--overfit": options.overfit, "--find_lr": options.find_lr}
    given = [flag for flag, value in tries.items() if value]
    if len(given) > 1:
        raise UserError(f"{given[0]} and {given[1]} are two tries: give one of them")
    if options.find_lr and options.load:
        raise UserError("--find_lr trains from the start, -l goes on with a run: give one of them")
    refuse_other_root(options, "-l", None if options.load == "last" else options.load)
    if options.load not in (None, "last") and options.subfolder is not None:
        raise UserError(f"-S {options.subfolder}: -l {options.load} goes on in that folder; leave -S out")
    if options.version is not None and not options.load and not options.source:
        raise UserError(f"-v {options.version}: a new run makes the next version; -v is for -l and --from")


def _named_folder(options: argparse.Namespace) -> ExperimentFolder | None:
    """Return the version that -l or --from names; None for a new run."""
    if options.load == "last":
        return find_run(options, _overrides(options))
    path = options.load or options.source
    return open_named(path, options) if path else None


def _load(options: argparse.Namespace, folder: ExperimentFolder | None) -> Config:
    overrides = _overrides(options)
    if folder is None:
        return load_named(options, overrides)
    return _load_resumed(folder, overrides) if options.load else load_run(folder, overrides)


def _load_resumed(folder: ExperimentFolder, overrides: list[str]) -> Config:
    """Return the snapshot of a run that goes on: num_epochs may grow, and workers, device and the like may change."""
    parsed = [parse_overrides([each], CONTRACTS)[0] for each in overrides]
    kept = settings_of(parse_overrides(read_snapshot(folder.configs).overrides, CONTRACTS))
    for each in parsed:
        if not agree(settings_of([each]), kept):
            raise UserError(
                f"--set {each.typed}: a resumed run keeps the settings of its snapshot; only num_epochs may grow"
            )
    asked = [each.value() for each in parsed if each.setting.name == GROWS]
    grown = [f"{GROWS}={max(asked)}"] if asked else []  # given twice, one of them is what the run was called by
    settled = [each for each in parsed if each.setting.name in SETTLED and each.text == "auto"]
    changed = [each.typed for each in parsed if not each.setting.names_folder and each not in settled]
    config = load_run(folder, [*changed, *grown])
    before = load_run(folder).exp.num_epochs if asked else 0
    if asked and max(asked) < before:
        raise UserError(f"num_epochs = {max(asked)} may only grow: {folder.path} is a run of {before}")
    return config


def _overrides(options: argparse.Namespace) -> list[str]:
    given = {name: getattr(options, f"set_{name}") for name in (*ALIASES, *SWITCHES)}
    return [*options.overrides, *(f"{name}={value}" for name, value in given.items() if value is not None)]
