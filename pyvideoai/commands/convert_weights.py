"""Write weights of another framework as ours: `tools/convert_weights.py I3D_8x8_R50.pkl i3d.pth -M i3d_resnet50`.

The source is a file, an experiment folder, or a name in the model's table of weights; the output's suffix, `.pth` or
`.safetensors`, says how it is written. The report says what became of every tensor.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.config.load import load
from pyvideoai.models.settings import MODEL


def main(arguments: Sequence[str]) -> None:
    """Run the tool. Raises UserError."""
    options = _parse(arguments)
    from pyvideoai.models.weights.convert import convert  # it imports torch

    config = load((MODEL,), dataset="", model=options.model, experiment="", overrides=options.set).model
    report = convert(
        options.source,
        options.out,
        config.load_model,
        table=config.weights,
        classes=options.classes,
        offline=options.offline,
        min_share=options.min_share,
    )
    print(report.text())
    print(f"written: {options.out.resolve()}")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="a file, an experiment folder, or a name in the model's table of weights")
    parser.add_argument("out", type=Path, help="the file to write: .pth or .safetensors")
    parser.add_argument("-M", "--model", required=True, help="the model config that the weights are for")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="such as --set model.width=16")
    parser.add_argument("--classes", type=int, help="classes of the network; else as many as the file's head has")
    parser.add_argument("--min-share", type=float, default=0.5, help="refuse a file that fills less of the network")
    parser.add_argument("--offline", action="store_true", help="fetch nothing")
    return parser.parse_args(arguments)
