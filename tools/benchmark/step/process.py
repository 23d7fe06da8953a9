"""One contestant in a process of its own: it builds its network, then runs what it is told to, a line at a time.

It reads "train 3", "evaluate 2", "flops 1" or "profile 3 FILE" and answers each with a line of JSON. What prints
besides goes to stderr.
"""

import json
import sys
import time
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from benchmark import machine
from benchmark.step.profiled import profiled
from benchmark.step.spec import BARE, OURS, PLAIN, Spec
from pyvideoai import environment

if TYPE_CHECKING:
    from pyvideoai.engine.fastest import Way

MATRIX, REPEATS = 2048, 10  # of the product that a device's speed is measured with
ON_GPU = 8192  # a smaller product would be over before the time of starting it counts for nothing


class Contestant(Protocol):
    """Describe who can take training steps, and evaluate a video."""

    def train(self, steps: int) -> None: ...
    def evaluate(self) -> None: ...


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    spec = Spec.from_json(sys.argv[1])
    if spec.is_settled:
        environment.settle()
    from pyvideoai.errors import UserError

    try:
        contestant, way, device = _build(spec)
    except UserError as error:
        _answer(answers, error=str(error))
        return
    _answer(answers, device=str(device), way=astuple(way), how=str(way))
    for line in sys.stdin:
        what, count, path = f"{line.rstrip()} ".split(" ", 2)
        _answer(answers, **_do(what, int(count), path.strip(), contestant, way.amp, device))


def _build(spec: Spec) -> tuple[Contestant, "Way", object]:
    """Return the contestant, how it computes, and the device."""
    import torch

    from benchmark.step.ours import Ours, training_of
    from benchmark.step.plain import PlainLoop, peer
    from benchmark.step.shapes import Shapes
    from pyvideoai.config.load import load
    from pyvideoai.engine.fastest import Way
    from pyvideoai.engine.settings import CONTRACTS
    from pyvideoai.optim.parameter_groups import build_optimiser
    from pyvideoai.processes import pick_device
    from pyvideoai.scoring.trained import plain_amp
    from pyvideoai.unpack import to_input_of

    torch.set_num_threads(spec.threads)
    config = load(CONTRACTS, spec.dataset, spec.model, spec.experiment, spec.overrides).execute()
    device, shapes = pick_device(config.exp.device), Shapes.of(config)
    plain = Way(amp=plain_amp(config.exp.amp))
    if spec.name not in (OURS, BARE, PLAIN):
        network, to_input = peer(spec.name).to(device), to_input_of(config).to(device)
        optimiser = build_optimiser(config.exp.optimiser, network)
        return PlainLoop(network, optimiser, to_input, plain.amp, shapes), plain, device
    way = plain if spec.name == PLAIN else Way(*spec.way) if spec.way else None
    training, way = training_of(config, spec.classes, shapes, device, way)
    if spec.name == OURS:
        return Ours(training, shapes), way, device
    # Ours is fused on a GPU; plain torch has the optimiser as the experiment makes it.
    own = spec.name == BARE
    optimiser = training.optimiser if own else build_optimiser(config.exp.optimiser, training.model)
    return PlainLoop(training.model, optimiser, training.to_input, way.amp, shapes), way, device


def _do(what: str, count: int, path: str, contestant: Contestant, amp: str, device: object) -> dict[str, Any]:
    import torch

    if what == "flops":
        return _flops(contestant) | {"peak": _peak(amp, device)}
    if what == "profile":
        return {"operators": profiled(contestant.train, count, path)}
    wait = torch.cuda.synchronize if torch.cuda.is_available() else (lambda: None)
    started, used = time.perf_counter(), time.process_time()
    if what == "train":
        contestant.train(count)
    else:
        for _ in range(count):
            contestant.evaluate()
    wait()
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    return {
        "seconds": seconds / count,
        "processor_seconds": processor / count,
        "megabytes": machine.peak_megabytes(device),
    }


def _flops(contestant: Contestant) -> dict[str, float]:
    """Count a training step and an evaluation by torch's own counter: two for each multiply-accumulate."""
    from torch.utils.flop_counter import FlopCounterMode

    counted = {}
    for name, run in (("train", lambda: contestant.train(1)), ("evaluate", contestant.evaluate)):
        with FlopCounterMode(display=False) as counter:
            run()
        counted[name] = float(counter.get_total_flops())
    return counted


def _peak(amp: str, device: Any) -> float:
    """Measure how many floating-point operations a second the device does in a large matrix product."""
    import torch

    kind = {"none": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[amp]
    side = MATRIX if torch.device(device).type == "cpu" else ON_GPU
    matrix = torch.randn(side, side, device=device).to(kind)
    before, best = torch.backends.cuda.matmul.allow_tf32, 0.0
    # On a GPU convolutions in float32 compute in TF32 by torch's defaults, and products don't: one measure for both.
    torch.backends.cuda.matmul.allow_tf32 = True
    for _ in range(REPEATS):
        started = time.perf_counter()
        (matrix @ matrix)[0, 0].item()
        best = max(best, 2 * side**3 / (time.perf_counter() - started))
    torch.backends.cuda.matmul.allow_tf32 = before
    return best


def _answer(stream: TextIO, **values: object) -> None:
    print(json.dumps(values), file=stream, flush=True)


if __name__ == "__main__":
    main()
