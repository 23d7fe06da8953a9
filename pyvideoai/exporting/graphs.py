"""Write a network as a graph that other programs run, run the file again, and hold it against the network."""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pyvideoai.errors import UserError
from pyvideoai.files import replacing

LIMIT = 1e-4  # of the largest logit: how far a written graph may be from the network
BATCHES = (2, 3)  # clips of the batches on which they are compared; a graph with a fixed batch is tried on one clip
INPUT, OUTPUT = "clips", "logits"
ONNX_PACKAGES = ("onnx", "onnxscript")
OPSET = 18  # of ONNX: known to onnxruntime since 1.14, and the lowest that torch's exporter writes itself


@dataclass(frozen=True)
class Graph:
    """Describe a written graph. difference: from the network, as a share of the largest logit; None: not compared.

    batch: whether it takes any number of clips, or one only.
    """

    path: Path
    batch: str
    difference: float | None


def onnx_is_there() -> bool:
    """Return whether ONNX files can be written."""
    return all(find_spec(name) for name in ONNX_PACKAGES)


def traced(network: nn.Module, shape: tuple[int, ...]) -> tuple[Any, str]:
    """Return the program that torch.export makes of a network, and whether its batch is "any" or "1".

    shape: of a clip, (3, T, H, W). Raises UserError if torch.export can't follow the network.
    """
    try:
        any_number = {0: torch.export.Dim("batch", min=1, max=4096)}
        return _exported(network, torch.zeros(2, *shape), (any_number,)), "any"
    except Exception:
        pass  # its code looks at the number of clips: a graph of one clip may still be possible
    try:
        return _exported(network, torch.zeros(1, *shape), None), "1"
    except Exception as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise UserError(f"torch.export can't follow {type(network).__name__}: {reason.strip()[:300]}") from error


def write_torch(program: Any, path: Path) -> None:
    """Write a program as a `.pt2` file, which `torch.export.load` reads; whole, or not at all."""
    memory = io.BytesIO()
    with _quietly():
        torch.export.save(program, memory)
    with replacing(path) as temporary:
        temporary.write_bytes(memory.getbuffer())


def write_onnx(program: Any, path: Path, batch: str) -> None:
    """Write a program as an ONNX file; whole, or not at all. Raises UserError if torch can't."""
    try:
        with _quietly():
            made = torch.onnx.export(
                program,
                dynamo=True,
                opset_version=OPSET,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=None,
                verbose=False,
            )
            with replacing(path) as temporary:
                made.save(temporary, external_data=False)
    except Exception as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise UserError(f"torch can't write the network as ONNX: {reason.strip()[:300]}") from error


def run_torch(path: Path) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the graph of a `.pt2` file as a function of clips."""
    with _quietly():
        module = torch.export.load(path).module()
    return lambda clips: module(clips)


def run_onnx(path: Path) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """Return an ONNX file as a function of clips, run by onnxruntime on the CPU; None if that isn't installed."""
    if find_spec("onnxruntime") is None:
        return None
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda clips: torch.from_numpy(session.run([OUTPUT], {INPUT: clips.numpy()})[0])


@torch.inference_mode()
def compare(
    network: nn.Module, graph: Callable[[torch.Tensor], torch.Tensor], shape: tuple[int, ...], batch: str
) -> float:
    """Return the largest difference of logits between a network and its graph, as a share of the largest logit.

    The clips are random, as normalised pixels are distributed.
    """
    generator, found = torch.Generator().manual_seed(0), []
    for clips in BATCHES if batch == "any" else (1,):
        inputs = torch.randn(clips, *shape, generator=generator)
        own, others = network(inputs).float(), graph(inputs)
        if own.shape != others.shape:
            raise UserError(f"the graph gives logits {tuple(others.shape)} where the network gives {tuple(own.shape)}")
        found.append((own - others).abs().max() / own.abs().max().clamp(min=1e-6))
    return float(torch.stack(found).max())  # torch's maximum, which passes NaN on


def _exported(network: nn.Module, example: torch.Tensor, dynamic_shapes: Any) -> Any:
    with _quietly(), torch.no_grad():
        program = torch.export.export(network, (example,), dynamic_shapes=dynamic_shapes, strict=False)
        return program.run_decompositions({})


@contextmanager
def _quietly() -> Iterator[None]:
    """Leave out the reports of torch's exporters: what goes wrong is raised, and the result is compared."""
    import logging

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
