"""The options about configs that every tool has."""

import argparse


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add -D, -M, -E, --set, --print-config and --help-config: `dataset`, `model`, `experiment`, `overrides`, `print_config`, `help_config`."""
    group = parser.add_argument_group("configs")
    group.add_argument("-D", "--dataset", metavar="NAME", help="what data: dataset_configs/NAME.py")
    group.add_argument("-M", "--model", metavar="NAME", help="what network: model_configs/NAME.py")
    group.add_argument(
        "-E",
        "--experiment",
        metavar="NAME",
        help="how to train: exp_configs/DATASET/MODEL-NAME.py, else exp_configs/NAME.py",
    )
    group.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting, or a field of one (test_views.clips=10); dataset.NAME and model.NAME for the other layers; repeatable",
    )
    group.add_argument(
        "--print-config",
        action="store_true",
        help="print every setting with its value and origin, and stop; needs no data",
    )
    group.add_argument(
        "--help-config", action="store_true", help="print every setting and hook that configs may have, and stop"
    )
