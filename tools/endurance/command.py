"""tools/soak.py: runs that are disturbed at random until they end, and must then equal undisturbed ones."""

import argparse
import itertools
import math
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from endurance.chain import ALL, KILLS, Chain, Figures, compare
from endurance.disturbed import replace_parts, warm_up
from endurance.made import CHOICE, lay_out, write_clips
from pyvideoai.commands.arguments import Parser

DESCRIPTION = """Disturb training runs at random until they end; their weights and summary.csv must then equal those of
undisturbed runs, bit for bit.

  tools/soak.py --minutes 10              kills, kills within a save, signals, full disks, damaged states
  tools/soak.py --kills 1000 --at_once 4  kills only, one in five within a save; what they lost
  tools/soak.py --commands 50             kills of whole commands on video files, from their first moment on"""
TRAIN_VIDEOS, EPOCHS = 81, 15  # 20 steps an epoch
COMMAND_EPOCHS = 12
TOOL = Path(__file__).parents[1] / "run_train.py"


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code, 1 if a run differs."""
    options = _parse(arguments)
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp(prefix="soak."))
    lay_out(folder, TRAIN_VIDEOS)
    os.chdir(folder)
    print(f"in {folder}, seed {options.seed}", flush=True)
    figures = _commands(folder, options) if options.commands else _forked(folder, options)
    if figures is None:
        print(f"FAILED; the runs and their logs are in {folder}")
        return 1
    print(figures.text())
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("--minutes", type=float, metavar="N", help="go on for so long, with all kinds of disturbances")
    amount.add_argument("--kills", type=int, metavar="N", help="kill so many times, in forked processes")
    amount.add_argument("--commands", type=int, metavar="N", help="kill so many commands")
    parser.add_argument("--seed", type=int, default=0, help="of what happens when (0)")
    parser.add_argument("--at_once", type=int, default=1, metavar="N", help="runs at the same time (1)")
    return parser.parse_args(arguments)


def _forked(folder: Path, options: argparse.Namespace) -> Figures | None:
    """Disturb runs in forked processes, several at once; return their figures, or None if one failed."""
    replace_parts()
    warm_up([*CHOICE, "-R", str(folder / "warm"), "-e", "1", "--set", "loggers=[]"])
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    workers = [
        context.Process(target=_disturb, args=(folder, options, number, results)) for number in range(options.at_once)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        return None
    return sum((results.get() for _ in workers), Figures())


def _disturb(folder: Path, options: argparse.Namespace, number: int, results: "multiprocessing.SimpleQueue") -> None:
    """Disturb run after run, of seeds of its own, until the time or the kills are used up."""
    figures, kinds = Figures(), ALL if options.minutes else KILLS
    until = time.monotonic() + 60 * options.minutes if options.minutes else math.inf
    left = math.inf if options.minutes else math.ceil(options.kills / options.at_once)
    for seed in itertools.count(1000 * options.seed + number, options.at_once):
        chain = Chain(folder, seed, kinds, EPOCHS, damage_share=0.1 if options.minutes else 0.0)
        before = figures.disturbed.total()
        chain.run(figures, left, until)
        left -= figures.disturbed.total() - before
        print(f"seed {seed}: {figures.text()}", flush=True)
        if left <= 0 or time.monotonic() >= until:
            break
    results.put(figures)


def _commands(folder: Path, options: argparse.Namespace) -> Figures | None:
    """Kill commands on video files at random moments, the first ones of their lives included."""
    write_clips(folder)
    rng, figures = random.Random(options.seed), Figures()
    settings = ("--set", "save_every_s=1", "--set", f"num_epochs={COMMAND_EPOCHS}")
    command = [sys.executable, str(TOOL), *CHOICE, *settings]
    for run in itertools.count():
        whole, parts, log = (folder / f"{name}_{run}" for name in ("whole", "parts", "log"))
        began = time.monotonic()
        if _killed([*command, "-R", str(whole)], math.inf, log) != 0:
            return None
        longest_s = time.monotonic() - began
        while True:
            is_done = figures.disturbed.total() >= options.commands
            resumed = ["-l", "last"] if list(parts.rglob("version_*")) else []
            after_s = math.inf if is_done else rng.uniform(0, longest_s)
            code = _killed([*command, "-R", str(parts), *resumed], after_s, log)
            if code == 0:
                break
            if code != -9:
                return None
            figures.disturbed["kill"] += 1
        compare(whole, parts)
        figures.runs += 1
        print(f"run {run}: {figures.text()}", flush=True)
        if is_done:
            return figures


def _killed(command: Sequence[str], after_s: float, log: Path) -> int:
    """Run a command and kill it after so many seconds; return its exit code."""
    with log.open("a") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            return process.wait(None if after_s == math.inf else after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
