"""The command line of tools/benchmark_scale.py."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmark import machine
from benchmark.scale.measured import Measured, apart
from pyvideoai.commands.arguments import Parser
from pyvideoai.errors import UserError
from pyvideoai.files import write_whole

DESCRIPTION = """What grows with a dataset and with a run, and what a start takes. No videos are needed.

  tools/benchmark_scale.py                                    # all of it
  tools/benchmark_scale.py --rows 1000000 --only tables
  tools/benchmark_scale.py --only start                       # first training step, first video of an evaluation

tables: a split table of so many rows is read, checked, split and handed to data-loading workers. evaluation: metrics,
details and figures of --videos in --classes, whose scores are made up. epochs: the reports of an early epoch and of the
last. start: the real commands, on tiny clips, beside `import torch, torchvision`, in turns.
Seconds are of the processor unless the table says otherwise."""
PARTS = ("tables", "evaluation", "epochs", "start")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return the exit code: 1 if a goal is missed. Raises UserError."""
    options = _parser().parse_args(arguments)
    if min(options.videos, options.classes, options.epochs, options.rounds, *options.rows) < 1:
        raise UserError("--rows, --videos, --classes, --epochs and --rounds: at least 1")
    print(machine.describe(), flush=True)
    lines, missed = [], False
    for part in PARTS if options.only is None else (options.only,):
        for title, found in _measured(part, options):
            print(f"\n{title}", flush=True)
            for each in found:
                print(f"  {each.what:<54} {_text(each)}", flush=True)
                missed |= each.goal is not None and each.value > each.goal
                lines.append(f'{part},"{title}","{each.what}",{each.value:.6g},{each.unit}')
    if options.csv:
        write_whole(options.csv, "\n".join(["part,case,what,value,unit", *lines]) + "\n")
    return 1 if missed else 0


def _measured(part: str, options: argparse.Namespace):
    """Yield (title, numbers) for each case of a part."""
    from benchmark.scale import bookkeeping, evaluation, start, tables

    if part == "tables":
        for rows in options.rows:
            yield f"a table of {rows:,} rows", tables.measure(rows)
    elif part == "evaluation":
        case = f"an evaluation of {options.videos:,} videos in {options.classes:,} classes"
        yield case, apart(evaluation.measure, options.videos, options.classes)
    elif part == "epochs":
        yield f"a run of {options.epochs:,} epochs", apart(bookkeeping.measure, options.epochs)
    else:
        yield f"starts, medians of {options.rounds}", start.measure(options.rounds)


def _text(each: Measured) -> str:
    goal = "" if each.goal is None else f"   goal: {each.goal:g}{' MISSED' if each.value > each.goal else ''}"
    return f"{each.value:9.2f} {each.unit}{goal}"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="tools/benchmark_scale.py", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--only", choices=PARTS, help="measure one part only")
    add("--rows", type=int, nargs="+", default=[250_000, 1_000_000], help="of the tables (250000 1000000)")
    add("--videos", type=int, default=20_000, help="of the evaluation (20000)")
    add("--classes", type=int, default=400, help="of the evaluation (400)")
    add("--epochs", type=int, default=1000, help="of the run (1000)")
    add("--rounds", type=int, default=5, help="starts of each kind (5)")
    add("--csv", type=Path, help="write the numbers here too")
    return parser
