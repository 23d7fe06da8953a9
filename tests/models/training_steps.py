"""One training step of a peer's case, without dropout: in float32 for the tests, in float64 for what they hold it to.

    PYTHONPATH=. python tests/models/training_steps.py      writes reference/float64_steps.json; 10 minutes, 16 GB

The file holds each gradient's norm in float64, which no processor, thread count or memory layout changes by more than
1e-9, and how far float32 was from it on one machine: 1e-3 of a gradient, up to a tenth where softmax without scaling
amplifies it, since some ReLUs next to zero flip with any other order of summation. Tests allow multiples of that.
"""

import json
import runpy
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import NamedTuple

import peer_checkpoints as peers
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pyvideoai.models.weights.load import load_weights

EXACT = peers.REFERENCE / "float64_steps.json"
KEY = "train_no_dropout"
ZERO = 1e-12  # of the largest gradient norm: in float64 all that is below is 0 in exact arithmetic


class Step(NamedTuple):
    """What a step computed; by a parameter's name its gradient's norm, and for biases of non-local blocks the norm over
    channels of the sum of the absolute values that the gradient adds up."""

    logits: Tensor
    loss: float
    norms: dict[str, float]
    added: dict[str, float]


def take_step(model: nn.Module, expected: dict) -> Step:
    """Forward and backward in the model's own precision."""
    model.train()
    model.dropout.p = 0.0
    model.zero_grad()
    added: dict[str, float] = {}
    hooks = [module.register_forward_hook(partial(_watch_bias, added, name)) for name, module in _with_bias(model)]
    logits = model(peers.draw_input(expected["input"]).to(next(model.parameters()).dtype))
    loss = F.cross_entropy(logits, torch.tensor(expected["labels"]))
    loss.backward()
    for hook in hooks:
        hook.remove()
    norms = {name: parameter.grad.norm().item() for name, parameter in model.named_parameters()}
    return Step(logits.detach(), loss.item(), norms, added)


def errors(norms: dict[str, float], exact: dict[str, float]) -> list[float]:
    """The relative error of each gradient norm that isn't zero in exact arithmetic."""
    return [abs(norms[name] / norm - 1) for name, norm in exact.items() if norm]


def difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference, relative to the largest of `theirs`."""
    return float((ours.double().flatten() - theirs.double().flatten()).abs().max() / theirs.abs().max())


def _with_bias(model: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(name, each) for name, each in model.named_modules() if ".nl." in name and hasattr(each, "bias")]


def _watch_bias(added: dict[str, float], name: str, _module: nn.Module, _inputs: tuple, output: Tensor) -> None:
    output.register_hook(partial(_add_up, added, f"{name}.bias"))


def _add_up(added: dict[str, float], name: str, gradient: Tensor) -> None:
    others = [each for each in range(gradient.dim()) if each != 1]
    added[name] = gradient.abs().sum(others).norm().item()


def _record(name: str, model: nn.Module) -> dict:
    expected = peers.case(name)["expected"][KEY]
    single = take_step(model, expected)
    exact = take_step(model.double(), expected)
    largest = max(exact.norms.values())
    norms = {each: float(f"{norm:.9g}") if norm > ZERO * largest else 0.0 for each, norm in exact.norms.items()}
    off = errors(single.norms, norms)
    own = {"logits": difference(single.logits, exact.logits), "largest": max(off), "median": statistics.median(off)}
    return {"loss": exact.loss, "float32": {each: float(f"{error:.2g}") for each, error in own.items()}, "norms": norms}


def _main() -> None:
    from test_reference_cases import CONFIGS

    recorded = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in (each for each in peers.CASES if KEY in peers.case(each)["expected"]):
            config = Path(__file__).parents[2] / "model_configs" / f"{CONFIGS[name]}.py"
            model = runpy.run_path(str(config))["load_model"](400)
            load_weights(model, peers.write(name, Path(folder, "checkpoint")), min_share=1.0)
            recorded[name] = _record(name, model)
    EXACT.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    _main()
