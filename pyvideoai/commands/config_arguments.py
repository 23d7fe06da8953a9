"""The options about configs that every tool has."""

import argparse
from collections.abc import Sequence
from typing import Any

from pyvideoai._version import __version__
from pyvideoai.config.contract import Contract
from pyvideoai.config.load import Config, help_text
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


def add_folder_arguments(parser: argparse.ArgumentParser, *, source: str, subfolder: str, version: str) -> None:
    """Add --from, -S, -R and -v, which say where a run is, with these help texts, and --version.

    They set `source`, `subfolder` and `version` (None when absent), and `root`.
    """
    add = parser.add_argument
    add("--from", dest="source", metavar="FOLDER", help=source)
    add("-S", "--subfolder", metavar="NAME", help=subfolder)
    add("-R", "--root", default=DEFAULT_ROOT, metavar="FOLDER", help=f"root of all experiments ({DEFAULT_ROOT})")
    add("-v", "--version-number", dest="version", metavar="N", help=version)
    add("--version", action="version", version=f"PyVideoAI {__version__}")


SET = """change a setting (global_batch=16), a field of one (test_views.clips=10) or a setting of another layer
(dataset.split=2, model.dropout=0); may be repeated"""


class _HelpConfig(argparse.Action):
    """Print the contracts, which are the action's constant, and end the program."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> None:
        print(help_text(self.const))
        parser.exit()
