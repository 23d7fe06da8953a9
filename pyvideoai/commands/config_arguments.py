"""The options about configs that every tool has."""

import argparse


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


SET = """change a setting (global_batch=16), a field of one (test_views.clips=10) or a setting of another layer
(dataset.split=2, model.dropout=0); may be repeated"""
