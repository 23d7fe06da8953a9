"""The options about configs that every tool has."""

import argparse

from pyvideoai._version import __version__
from pyvideoai.experiment import DEFAULT_ROOT


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add -D, -M, -E, --set, --print-config and --help-config.

    They set `dataset`, `model`, `experiment` (None when absent), `overrides` (a list), `print_config`, `help_config`.
    """
    group = parser.add_argument_group("configs")
    add = group.add_argument
    add("-D", "--dataset", metavar="NAME", help="what data: dataset_configs/NAME.py")
    add("-M", "--model", metavar="NAME", help="what network: model_configs/NAME.py")
    add("-E", "--experiment", metavar="NAME", help="how to train: exp_configs/[DATASET/MODEL-]NAME.py")
    add("--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help=SET)
    add("--print-config", action="store_true", help="print every setting with its value and origin; needs no data")
    add("--help-config", action="store_true", help="print every setting and hook that a config may have")


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
