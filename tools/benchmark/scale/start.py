"""How long it takes until the first training step, and until an evaluation's first video is in the network.

Each start is a process of its own: the real command, on clips of 10 x 12 pixels and a network of one convolution, which
ends the process as soon as it is called. `import torch, torchvision` takes its turn between them, for a machine is not
equally fast at all times.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmark.scale.measured import Measured, apart
from pyvideoai.errors import UserError

TOOLS = Path(__file__).resolve().parents[2]
STOP = "PYVIDEOAI_BENCHMARK_STOP"  # with it, the network ends the process
GOAL_S = 1.0  # beyond what the imports take
NETWORK = f"""

import os


class Ending(nn.Sequential):
    def forward(self, clips):
        if "{STOP}" in os.environ:
            os._exit(0)
        return super().forward(clips)


_load = load_model


def load_model(num_classes):
    return Ending(*_load(num_classes))
"""
CHOICE = ("-D", "made", "-M", "linear", "-E", "brief")


def measure(rounds: int) -> list[Measured]:
    """Return medians of what the imports take, and of what a training's and an evaluation's start take beyond."""
    folder = Path(tempfile.mkdtemp())
    apart(_lay_out, folder)
    train = (sys.executable, str(TOOLS / "run_train.py"), *CHOICE, "--set", "workers=2")
    _run((*train, "-e", "1"), folder)
    evaluate = (sys.executable, str(TOOLS / "run_eval.py"), *CHOICE, "-S", "stays")
    _run((*train, "-e", "1", "-S", "stays"), folder)
    contestants = {
        "import torch, torchvision": (sys.executable, "-c", "import torch, torchvision"),
        "first training step": train,
        "first video of an evaluation": evaluate,
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, command in contestants.items():
            times[name].append(_run(command, folder, stopping=True))
    return list(_compared(times))


def _compared(times: dict[str, list[tuple[float, float]]]):
    base, *others = times
    for place, kind in enumerate(("wall-clock time", "processor time")):
        yield Measured(base, median(each[place] for each in times[base]), f"s of {kind}")
        for name in others:
            beyond = [one[place] - other[place] for one, other in zip(times[name], times[base], strict=True)]
            yield Measured(f"{name}, beyond it", median(beyond), f"s of {kind}", GOAL_S)


def _run(command: Sequence[str], folder: Path, *, stopping: bool = False) -> tuple[float, float]:
    """Return the seconds of a command, by the clock and of the processor. Raises UserError if it fails."""
    environment = {**os.environ, **({STOP: "1"} if stopping else {})}
    # Not a pipe: it stays open until the workers end, which look every 5 s whether their process still lives.
    with tempfile.TemporaryFile("w+") as said:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(command, cwd=folder, env=environment, stdout=said, stderr=said, check=False)
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        said.seek(0)
        if done.returncode:
            raise UserError(f"{' '.join(command)}: exit code {done.returncode}: {said.read()[-300:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _lay_out(folder: Path) -> None:
    from endurance.made import lay_out, write_clips

    lay_out(folder)
    write_clips(folder)
    with (folder / "model_configs/linear.py").open("a") as file:
        file.write(NETWORK)
