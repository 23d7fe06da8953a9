"""The options about configs that every tool has."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyvideoai._version import __version__
from pyvideoai.config.contract import Contract
from pyvideoai.config.load import Config, help_text
from pyvideoai.errors import UserError
from pyvideoai.experiment import DEFAULT_ROOT


def add_config_arguments(parser: argparse.ArgumentParser, contracts: Sequence[Contract]) -> None:
    """Add -D, -M, -E, --set, --print-config (see `prints`) and --help-config, which ends the program as --help does.

    They set `dataset`, `model`, `experiment` (None when absent), `overrides` (a list) and `print_config`.
    """
    group = parser.add_argument_group("configs")
    add = group.add_argument
    add("-D", "--dataset", metavar="NAME", help="what data: dataset_configs/NAME.py")
    add("-M", "--model", metavar="NAME", help="what network: model_configs/NAME.py")
    add("-E", "--experiment", metavar="NAME", help="how to train: exp_configs/[DATASET/MODEL-]NAME.py")
    add("--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help=SET)
    add("--print-config", action="store_true", help="print every setting with its value and origin; needs no data")
    add(
        "--help-config", action=_HelpConfig, const=contracts, help="print every setting and hook that a config may have"
    )


def prints(config: Config, options: argparse.Namespace) -> bool:
    """Print every setting with its value and origin if --print-config asks for it; return whether it does."""
    if options.print_config:
        print(config.execute().table())
    return options.print_config


def add_visualised_argument(parser: argparse.ArgumentParser) -> None:
    """Add --out of the commands that draw pictures."""
    help_text = "where it is written (visualised/ in the run's folder, or here)"
    parser.add_argument("-o", "--out", type=Path, metavar="FOLDER", help=help_text)


def add_folder_arguments(parser: argparse.ArgumentParser, *, source: str, subfolder: str, version: str) -> None:
    """Add --from, -S, -R and -v, which say where a run is, with these help texts, and --version.

    They set `source`, `subfolder`, `root` and `version` (None when absent).
    """
    add = parser.add_argument
    add("--from", dest="source", metavar="FOLDER", help=source)
    add("-S", "--subfolder", metavar="NAME", help=subfolder)
    add("-R", "--root", metavar="FOLDER", help=f"root of all experiments ({DEFAULT_ROOT})")
    add("-v", "--version-number", dest="version", metavar="N", help=version)
    add("--version", action="version", version=f"PyVideoAI {__version__}")


class SettingFlag(argparse.Action):
    """Store the value of a flag that is short for `--set`, and what was typed, for `naming_flags`."""

    def __call__(self, parser: object, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        if getattr(namespace, self.dest) is not None:
            raise argparse.ArgumentError(self, "is given twice")
        value, name = self.const or values, self.dest.removeprefix("set_")
        setattr(namespace, self.dest, value)
        typed = f"{option} {values}" if values else str(option)
        namespace.typed = {**getattr(namespace, "typed", {}), f"--set {name}={value}": typed}


@contextmanager
def naming_flags(options: argparse.Namespace) -> Iterator[None]:
    """Let an error about a flag's setting name the flag as it was typed: `--device gpu`, not `--set device=gpu`."""
    try:
        yield
    except UserError as error:
        told = str(error)
        for ours, typed in getattr(options, "typed", {}).items():
            told = told.replace(f"{ours}:", f"{typed}:")
        if told == str(error):
            raise
        raise UserError(told) from error


def refuse_other_root(options: argparse.Namespace, flag: str, folder: str | None) -> None:
    """Refuse -R beside a folder that lies elsewhere and makes it ineffective. flag: what names the folder."""
    if folder is None or options.root is None:
        return
    if not Path(folder).resolve().is_relative_to(Path(options.root).resolve()):
        raise UserError(f"-R {options.root}: {flag} {folder} lies elsewhere, and is what is read; leave -R out")


SET = """change a setting (global_batch=16), a field of one (test_views.clips=10) or a setting of another layer
(dataset.split=2, model.dropout=0); may be repeated"""


class _HelpConfig(argparse.Action):
    """Print the contracts, which are the action's constant, and end the program."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> None:
        print(help_text(self.const))
        parser.exit()
