"""Export a trained network: weights, graphs, and one JSON file that says how to feed them."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pyvideoai._version import __version__
from pyvideoai.data.sampling import frames_in_test
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import write_json
from pyvideoai.exporting import graphs
from pyvideoai.exporting.recipe import recipe
from pyvideoai.files import read_json
from pyvideoai.models.memory_format import set_memory_format
from pyvideoai.models.weights import safetensors
from pyvideoai.scoring.loading import Trained
from pyvideoai.unpack import views_of

FORMAT = "pyvideoai export 1"
FILES = {"safetensors": "model.safetensors", "torch": "model.pt2", "onnx": "model.onnx"}
RECIPE = "model.json"


def export(
    trained: Trained, out: Path, formats: Sequence[str], mode: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """Write the chosen `formats` (names of `FILES`) and `model.json` into the folder `out`; return the JSON's content.

    mode: "multicrop" or "oneclip", whose views give the size of the input. The network runs in float32 on the CPU.
    Each graph is read again and run on random clips; one whose logits differ by more than 1e-4 of the largest is
    removed. Raises UserError.
    """
    network = _network(trained)
    views = views_of(trained.config, mode)
    shape = (3, frames_in_test(trained.config.exp.train_clip), views.size, views.size)
    logits = trained.model.network(torch.zeros(1, *shape))
    facts: dict[str, Any] = {"format": FORMAT, "made_by": _made_by(), "trained": _origin(trained)}
    facts["input"] = {"name": graphs.INPUT, "dtype": "float32", "axes": "N C T H W", "shape": ["N", *shape]}
    told = recipe(trained.config, trained.classes, mode)
    told["output"] |= {"name": graphs.OUTPUT, "dtype": "float32", "shape": ["N", *logits.shape[1:]]}
    out.mkdir(parents=True, exist_ok=True)
    for path in _of_an_earlier_call(out, formats):
        path.unlink()
        say(f"{path.name} of an earlier export is removed: it isn't among --formats, and {RECIPE} is made anew")
    (out / RECIPE).unlink(missing_ok=True)  # its files are replaced one by one
    written = _written(network, shape, out, formats, trained, say)
    facts |= {**told, "files": written}
    write_json(out / RECIPE, facts)
    say(f"{RECIPE}: frames, pixels, what the outputs mean, {counted(len(trained.classes), 'class')}")
    say(f"written to {out}")
    return facts


def _of_an_earlier_call(out: Path, formats: Sequence[str]) -> list[Path]:
    """Return the files that the folder's model.json names and that this call doesn't write."""
    try:
        before = read_json(out / RECIPE)
    except (FileNotFoundError, UserError):
        return []
    files = before.get("files") if isinstance(before, dict) else None
    earlier = [out / FILES[name] for name in FILES if isinstance(files, dict) and name in files]
    return [path for path in earlier if path.name not in {FILES[name] for name in formats} and path.exists()]


def _written(
    network: nn.Module,
    shape: tuple[int, ...],
    out: Path,
    formats: Sequence[str],
    trained: Trained,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Write the files; return what is to be known of each."""
    written: dict[str, Any] = {}
    if "safetensors" in formats:
        path = out / FILES["safetensors"]
        _write_weights(network, path, trained)
        written["safetensors"] = _file_facts(path)
        say(f"{path.name}: the weights, {path.stat().st_size / 1e6:.1f} MB")
    if not {"torch", "onnx"} & set(formats):
        return written
    with _timed(say, "torch.export follows the network"):
        program, batch = graphs.traced(network, shape)
    for name in (name for name in ("torch", "onnx") if name in formats):
        made = graph(name, network, program, shape, batch, out / FILES[name])
        written[name] = {**_file_facts(made.path), "batch": made.batch, "difference": made.difference}
        say(_told(made))
    return written


def graph(name: str, network: nn.Module, program: Any, shape: tuple[int, ...], batch: str, path: Path) -> graphs.Graph:
    """Write a graph, run it, and hold it against the network. Raises UserError, and removes it, if it differs."""
    if name == "torch":
        graphs.write_torch(program, path)
        run: Callable[[torch.Tensor], torch.Tensor] | None = graphs.run_torch(path)
    else:
        graphs.write_onnx(program, path, batch)
        run = graphs.run_onnx(path)
    if run is None:
        return graphs.Graph(path, batch, None)
    difference = graphs.compare(network, run, shape, batch)
    if not difference <= graphs.LIMIT:
        path.unlink()
        raise UserError(
            f"{path} gave other logits than the network: they differ by {difference:.1e} of the largest, where "
            f"{graphs.LIMIT:g} is allowed; it was removed"
        )
    return graphs.Graph(path, batch, difference)


def _told(graph: graphs.Graph) -> str:
    clips = "any number of clips" if graph.batch == "any" else "one clip at a time"
    agrees = (
        f"logits within {graph.difference:.1e} of the network's, relative to the largest"
        if graph.difference is not None
        else "NOT compared with the network: pip install onnxruntime"
    )
    return f"{graph.path.name}: {graph.path.stat().st_size / 1e6:.1f} MB, {clips}, {agrees}"


def _network(trained: Trained) -> nn.Module:
    """Return the network itself, in float32 and evaluation mode, with its weights laid out as torch makes them."""
    network: nn.Module = trained.model.network.module  # type: ignore[attr-defined]
    set_memory_format(network, "contiguous")
    return network.float().eval().requires_grad_(False)


def _write_weights(network: nn.Module, path: Path, trained: Trained) -> None:
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    safetensors.write(path, state, {"format": "pt", "model": trained.config.names[1], "made_by": _made_by()})


def _made_by() -> str:
    return f"PyVideoAI {__version__}, torch {torch.__version__}"


def _origin(trained: Trained) -> dict[str, Any]:
    names = dict(zip(("dataset", "model", "experiment"), trained.config.names, strict=True))
    checkpoint = {"file": trained.path.name, "sha256": _sha256(trained.path)}
    return {**names, "epoch": trained.epoch, "checkpoint": checkpoint, "amp": trained.config.exp.amp}


def _file_facts(path: Path) -> dict[str, Any]:
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _timed(say: Callable[[str], None], what: str) -> Iterator[None]:
    """Say what begins if it may take long, and how long it took."""
    started = time.monotonic()
    say(f"{what} ...")
    yield
    say(f"{what}: {time.monotonic() - started:.0f} s")
