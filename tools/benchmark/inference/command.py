"""The command line of tools/benchmark_inference.py."""

import argparse
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmark.inference.process import CLIPS_ON_CPU, CLIPS_ON_GPU, Job
from benchmark.inference.protocol import NONE
from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.model_table import CONFIGS, measured_beside, write_zoo, zoo
from pyvideoai.errors import UserError
from pyvideoai.models.measured import Inference, add_measured
from pyvideoai.models.zoo import describe

CLASSES = 400  # of Kinetics, which the page's other columns are about
TOOLS = Path(__file__).resolve().parents[2]
FIELDS = ("overrides", "classes", "threads", "device", "memory_format", "amp", "clips", "seconds")  # options of a Job
DESCRIPTION = """How many test videos a second each network of the zoo scores, and the most memory that it takes.

  tools/benchmark_inference.py --zoo docs/MODEL_ZOO.md
  tools/benchmark_inference.py -M i3d_resnet50 mvit_v2_s --amp bf16

A video's views are those of the network's protocol (docs/MODEL_ZOO.md), such as 10 clips x 3 crops of 256; one view
where it has none. Random pixels in memory are normalised and run through the network, without reading, decoding and
cutting. Forward passes of a few views are timed; a video takes as many as make up its views. Weights are random, which
changes no time. Memory is that of a GPU's tensors, or of the whole process on a CPU. Each network has a process of its
own, one after the other; those whose package is missing are left out.

--zoo writes what was measured to a CSV file beside the page, and the page anew. Rows of other hardware, or of another
precision, make way: they don't compare."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return the exit code. Raises UserError."""
    options = _parser().parse_args(arguments)
    if options.threads < 1 or options.clips < 0 or options.seconds < 0:
        raise UserError("--threads: at least 1; --clips and --seconds: at least 0")
    if options.zoo and (options.overrides or options.classes != CLASSES):
        raise UserError(f"--zoo: its page is about the networks as they are, with {CLASSES} classes and without --set")
    from tqdm import tqdm

    names = options.models or sorted(zoo())
    found: list[Inference] = []
    for name in tqdm(names, desc="measuring", unit="network", leave=False, disable=None):
        try:
            found.append(_measured(name, options))
        except UserError as error:
            if len(names) == 1:
                raise
            print(f"left out: {name}: {error}", file=sys.stderr)
            continue
        if options.zoo:  # after each one, so that nothing is lost if the next one ends it all
            add_measured(measured_beside(options.zoo), found)
    if not found:
        raise UserError("no network could be measured; the reasons are above")
    for line in _table(found):
        print(line)
    if options.zoo:
        write_zoo(options.zoo)
        print(f"written: {options.zoo.resolve()} and {measured_beside(options.zoo).name}")
    return 0


def _measured(name: str, options: argparse.Namespace) -> Inference:
    """Run the process that measures a network. Raises UserError."""
    path = CONFIGS / f"{name}.py"
    facts = describe(path)[1] if path.is_file() else {}
    chosen = {field: getattr(options, field) for field in FIELDS}
    job = Job(name, facts.get("Protocol", NONE), **chosen)
    answer = _answer([sys.executable, "-m", "benchmark.inference.process", job.to_json()])
    precision = "fp32" if job.amp == "none" else job.amp
    hardware = f"{answer['device']}; torch {importlib.metadata.version('torch')}; {job.memory_format} {precision}"
    return Inference(name, answer["views"], answer["videos_per_s"], answer["megabytes"], hardware)


def _answer(command: list[str]) -> dict[str, Any]:
    ran = subprocess.run(command, cwd=TOOLS, capture_output=True, text=True)
    if not ran.stdout:
        last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise UserError(f"its process ended with exit code {ran.returncode}: {last}")
    answer = json.loads(ran.stdout)
    if "error" in answer:
        raise UserError(answer["error"])
    return answer


def _table(found: Sequence[Inference]) -> Iterator[str]:
    import pandas as pd

    columns = ["config", "views", "videos/s", "memory (MB)"]
    rows = [(each.config, each.views, f"{each.videos_per_s:.3g}", f"{each.megabytes:.0f}") for each in found]
    yield found[0].hardware
    yield pd.DataFrame(rows, columns=columns).to_string(index=False)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="tools/benchmark_inference.py",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("-M", "--models", nargs="+", default=[], metavar="NAME", help="model configs by name; none: all of the zoo")
    add("--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help="such as model.width=16")
    add("--zoo", type=Path, metavar="FILE", help="write the page of the model zoo here, with these columns")
    add("--amp", choices=("none", "bf16", "fp16"), default="none", help="precision (none: fp32)")
    add("--memory_format", choices=("contiguous", "channels_last"), default="contiguous", help="(contiguous)")
    add("--clips", type=int, default=0, help=f"views at once ({CLIPS_ON_CPU} on a CPU, {CLIPS_ON_GPU} on a GPU)")
    add("--seconds", type=float, default=2.0, help="how long each network is timed at least, after a warm-up (2)")
    add("--threads", type=int, default=2, help="of torch (2)")
    add("--device", default="auto", help="auto: a GPU if there is one")
    add("--classes", type=int, default=CLASSES, help=f"outputs of the networks ({CLASSES})")
    return parser
