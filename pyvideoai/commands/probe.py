"""tools/run_probe.py: try heads on the features that a frozen network gave."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.config_arguments import add_config_arguments, prints
from pyvideoai.commands.train import load_tables
from pyvideoai.commands.which_run import load_named
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import hint
from pyvideoai.experiment import write_json

DESCRIPTION = """Try 20 heads (linear and MLP) on the kept features of a frozen network; choose on val, score on test.

  tools/run_probe.py -D ucf101 --set dataset.root=my_ucf_subset -M tsn_efficientnet_lite0 -E probe_segments

Nearest neighbours and logistic regression stand beside them. These look at the mean of a video's frames and views;
--heads linear,mlp,attentive adds 4 attentive heads, which look at each, and take many times as long.
--seeds 0,1,2 chooses a head for each seed, and averages.
Nothing is kept but the features; tools/run_train.py trains a network that can be used."""
KINDS = ("linear", "mlp", "attentive")


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    config = load_named(options, options.overrides)
    if prints(config, options):
        return 0
    tables = load_tables(config)
    from pyvideoai.engine.probing import probe  # torch is imported only once all that needs none has passed

    result = probe(config, tables, options.heads, options.seeds)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        write_json(options.out, result)
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config_arguments(parser, CONTRACTS)
    parser.add_argument("--heads", type=_kinds, default=KINDS[:2], metavar="KIND,...", help="linear, mlp, attentive")
    parser.add_argument("--seeds", type=_seeds, default=(), metavar="N,...", help="choose a head for each, and average")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the scores as JSON")
    return parser.parse_args(arguments)


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip() for kind in text.split(","))
    for kind in kinds:
        if kind not in KINDS:
            raise argparse.ArgumentTypeError(f"no kind of head {kind!r}; {hint(kind, KINDS)}")
    return kinds


def _seeds(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} must be whole numbers, joined by commas")
    return [int(part) for part in parts]
