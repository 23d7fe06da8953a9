"""The average of a run's checkpoints: `tools/average_weights.py data/experiments/.../version_000 --epochs 8-10`.

Weights averaged over the last epochs of a training often generalise better than those of each (Izmailov et al., UAI
2018). Train with --save_mode all, so that the epochs are kept. Batch norm is measured anew, over the clips of as many
steps as --precise_bn says. The result lies beside the checkpoints as average_8-10.pth, which `run_eval -l average_8-10`
scores.
"""

import argparse
from collections.abc import Sequence

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.train import load_tables
from pyvideoai.engine.places import check_root, load_run
from pyvideoai.experiment import open_folder


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    folder = open_folder(options.folder, None)
    config = load_run(folder, [f"precise_bn={options.precise_bn}"])
    check_root(config, folder)
    tables = load_tables(config)
    from pyvideoai.engine.average_weights import average_weights

    return average_weights(config, tables, folder, options.epochs)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="the folder of the run, or of its versions (the last one)")
    parser.add_argument("--epochs", required=True, type=_epochs, help="which checkpoints: 8-10, or 4,8-10")
    parser.add_argument("--precise_bn", type=int, default=200, help="steps whose clips batch norm is measured on (200)")
    return parser.parse_args(arguments)


def _epochs(text: str) -> list[int]:
    """Return the epochs that "8-10" or "4,8-10" names, in order."""
    parts = [part.split("-") for part in text.split(",")]
    try:
        named = sorted({epoch for part in parts for epoch in range(int(part[0]), int(part[-1]) + 1)})
    except ValueError:
        named = []
    if len(named) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} names no two epochs; write 8-10, or 4,8-10")
    return named
