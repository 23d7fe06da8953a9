"""The command line of tools/benchmark_step.py."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmark import machine
from benchmark.step.spec import BARE, OURS, PLAIN, Spec
from pyvideoai.commands.arguments import Parser
from pyvideoai.errors import UserError, counted
from pyvideoai.files import write_whole

DESCRIPTION = """How fast a training step and a test video are, without any data, beside a plain loop and other
packages' networks.

  tools/benchmark_step.py -M i3d_resnet50 -E crop224_plateau --peer pytorchvideo:i3d_r50
  tools/benchmark_step.py -M mvit_v2_s -E finetune_adamw --peer torchvision:mvit_v2_s --set amp=bf16
  tools/benchmark_step.py -M tsn_resnet50 -E crop224_plateau --peer torchvision:resnet50

A step is one forward and backward pass of clips_per_device clips and the optimiser. All contestants are given uint8
pixels, which they normalise:
  ours         our training loop
  bare loop    the same network, optimiser, memory format, precision and allocator in a loop of a few lines; what our
               loop adds to it stands under the table
  plain torch  that bare loop as torch makes it: in its memory format, and in fp32 unless amp is set
  a peer       its package's network, with the experiment's optimiser, in the same few lines
Each runs in a process of its own, and they take turns. Those of "plain torch" and of peers are left as Python starts
them: no setting of the allocator or of OpenMP.

--profile FILE measures nothing: it writes a trace of --steps of our training steps (for chrome://tracing or
https://ui.perfetto.dev) and prints the operators that take most of the time."""
ROUNDS, STEPS = 5, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return the exit code. Raises UserError."""
    options = _parser().parse_args(arguments)
    if min(options.rounds, options.steps, options.threads) < 1:
        raise UserError("--rounds, --steps and --threads: at least 1")
    specs = _specs(options)
    if options.profile:
        return _profile(options.profile, specs[0], options)
    from tqdm import tqdm

    from benchmark.step import report, run

    kinds = ("train", "evaluate") if options.only is None else (options.only,)
    total = len(specs) * options.rounds * len(kinds)
    with tqdm(total=total, desc="measuring", unit="turn", leave=False, disable=None) as bar:
        found = run.measure(specs, kinds, rounds=options.rounds, steps=options.steps, done=bar.update)
    made = report.table(found)
    print(
        f"{machine.describe()}; on {found.device}, {counted(options.threads, 'thread')}; {OURS} and {BARE}: {found.way}"
    )
    print(made.to_string(index=False))
    print("\n".join(report.added(found)))
    if options.csv:
        write_whole(options.csv, made.to_csv(index=False))
    return 0


def _profile(trace: Path, spec: Spec, options: argparse.Namespace) -> int:
    if not trace.parent.is_dir():
        raise UserError(f"--profile {trace}: the folder {trace.parent} is not there")
    import pandas as pd

    from benchmark.step import run

    operators = run.profile(spec, options.steps, trace)
    print(
        f"{machine.describe()}; {counted(options.threads, 'thread')}; {counted(options.steps, 'training step')} of ours"
    )
    print(pd.DataFrame(operators).to_string(index=False))
    print(f"written: {trace.resolve()}")
    return 0


def _specs(options: argparse.Namespace) -> list[Spec]:
    names = (OURS, BARE, PLAIN, *options.peer)
    about = (options.dataset, options.model, options.experiment, tuple(options.overrides))
    return [Spec(name, *about, options.classes, options.threads) for name in names]


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="tools/benchmark_step.py", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("-D", "--dataset", default="motion", metavar="NAME", help="whose settings apply; it needn't be there (motion)")
    add("-M", "--model", required=True, metavar="NAME", help="what network: model_configs/NAME.py")
    add("-E", "--experiment", required=True, metavar="NAME", help="what training: clips, views, batch, optimiser, amp")
    add("--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help="such as --set amp=bf16")
    add("--peer", action="append", default=[], metavar="PACKAGE:NETWORK", help="such as pytorchvideo:i3d_r50")
    add("--classes", type=int, default=400, help="outputs of our network (400, as the peers' have)")
    add("--only", choices=("train", "evaluate"), help="measure only one of both")
    add("--threads", type=int, default=2, help="of torch, in each process (2)")
    add("--rounds", type=int, default=ROUNDS, help=f"turns of everybody ({ROUNDS})")
    add("--steps", type=int, default=STEPS, help=f"steps, or test videos, of a turn ({STEPS})")
    add("--csv", type=Path, help="write the table here too")
    add("--profile", type=Path, metavar="FILE", help="write a trace of our steps here (.json or .json.gz) instead")
    return parser
