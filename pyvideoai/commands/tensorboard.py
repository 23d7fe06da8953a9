"""tools/run_tensorboard.py: TensorBoard over runs, by readable names."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.errors import UserError, counted

DESCRIPTION = """Start TensorBoard over all runs below the folders, whose names there have only the parts in which the
runs differ, such as "seed=1/train". Runs that begin later appear too. Ctrl-C ends it.

  tools/run_tensorboard.py data/experiments/motion
  tools/run_tensorboard.py data/experiments/hmdb/*/crop224_plateau --port 6007"""
LOOK_AGAIN_S = 15.0


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return TensorBoard's exit code."""
    options = _parse(arguments)
    if not options.folders:
        raise UserError("give a folder of experiments, such as data/experiments")
    from pyvideoai.inspection.event_folders import event_folders, link

    found = event_folders(options.folders)
    with tempfile.TemporaryDirectory(prefix="pyvideoai_tensorboard_") as folder:
        link(found, Path(folder))
        print("\n".join([counted(len(found), "run") + ":", *(f"  {name}" for name in found)]), flush=True)
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--port", str(options.port)]
        process = subprocess.Popen(command)
        try:
            while True:
                try:
                    return process.wait(LOOK_AGAIN_S)
                except subprocess.TimeoutExpired:
                    for name in link(_known(event_folders(options.folders), found), Path(folder)):
                        print(f"  {name}", flush=True)
        finally:
            process.terminate()
            process.wait()


def _known(now: dict[str, Path], before: dict[str, Path]) -> dict[str, Path]:
    """Return the runs of now by the names that they had before: a new run may make other names longer."""
    old = {path: name for name, path in before.items()}
    before |= {name: path for name, path in now.items() if path not in old and name not in before}
    return before


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="of experiments, or one of them")
    parser.add_argument("--port", type=int, default=6006, help="where TensorBoard listens on this machine (6006)")
    return parser.parse_args(arguments)
