"""tools/sweep.py: several runs of one file, and one table at the end."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import DEFAULT_ROOT, refuse_unwritable

DESCRIPTION = """Train the runs of a file, such as

  dataset, model, experiment = "motion", "i3d_tiny", "quickstart"
  grid = {"learning_rate": [0.01, 0.03], "seed": [0, 1, 2]}     # or def runs(), which yields such dictionaries
  average_over = "seed"

one after another, or several at a time, each by tools/run_train.py in a process of its own. The same command goes on
after an interruption: finished runs are passed over, interrupted ones continue. At the end there is one table.

  tools/sweep.py rates.py
  tools/sweep.py rates.py --devices cuda:0,cuda:1
  tools/sweep.py rates.py --dry-run                  # what would run"""


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code, 1 if a run failed."""
    options = _parse(arguments)
    if options.file is None:
        raise UserError("give a sweep's file; --help shows one")
    from pyvideoai.sweeping.children import check_devices, state_of, train_all
    from pyvideoai.sweeping.plan import read_plan

    root = Path(options.root or DEFAULT_ROOT).absolute()
    plan = read_plan(options.file, root)
    devices = check_devices(options.devices, plan)
    table = (options.csv or root / "sweeps" / plan.name / "table.csv").absolute()
    for number, run in enumerate(plan.runs, start=1):
        print(f"{number}/{len(plan.runs)}  {run.title}: {state_of(run)}")
    if options.dry_run:
        return 0
    refuse_unwritable(table.parent)
    from tqdm import tqdm

    with tqdm(total=len(plan.runs), desc=plan.name, unit="run", dynamic_ncols=True, disable=None) as bar:
        failed = train_all(plan, devices, root=root, say=bar.write, advance=bar.update, told=_told)
    _report(plan, table)
    if failed:
        print(f"{counted(len(failed), 'run')} did not finish: {'; '.join(run.title for run in failed)}")
    return 1 if failed else 0


def _told(run) -> str:
    """Return the scores of a run in one line."""
    from pyvideoai.sweeping.table import scores_of

    return "  ".join(f"{name} {value:.4g}" for name, value in scores_of(run).items() if "/" in name)


def _report(plan, path: Path) -> None:
    """Print and write the tables."""
    from pyvideoai.inspection.compare import table_lines
    from pyvideoai.sweeping.table import averaged, best_line, rows_of, write_table

    path.parent.mkdir(parents=True, exist_ok=True)
    rows = rows_of(plan)
    print("\n".join(table_lines([{name: row[name] for name in row if name != "folder"} for row in rows])))
    write_table(path, rows)
    print(f"table: {path}")
    if plan.average_over:
        rows = averaged(plan, rows)
        if rows:
            print("\n".join([f"mean over {', '.join(plan.average_over)}", *table_lines(rows)]))
            write_table(path.with_stem(f"{path.stem}_averaged"), rows)
            print(f"table: {path.with_stem(f'{path.stem}_averaged')}")
    if line := best_line(plan, rows):
        print(line)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="SWEEP.py", help="the file that names the runs; it is run"
    )
    parser.add_argument(
        "--devices",
        metavar="NAME,...",
        help="train on these at the same time, such as cuda:0,cuda:1 or cpu,cpu (one run after another)",
    )
    parser.add_argument("-R", "--root", metavar="FOLDER", help=f"root of all experiments ({DEFAULT_ROOT})")
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="where the table goes (sweeps/<name>/table.csv in the root)"
    )
    parser.add_argument("--dry-run", action="store_true", help="list the runs and how far each is; train nothing")
    return parser.parse_args(arguments)
