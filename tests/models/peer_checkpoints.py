"""Checkpoints of other frameworks, rebuilt from numbers: names and shapes are kept, the values follow from the names.

`reference/<case>.json` holds the tensors' names and shapes as the framework has them (the five of a batch norm as its
name and number of channels), and what the framework's own code then computed. A tensor's values are drawn with a seed
made of its name, so that both sides had the same network.
"""

import json
import pickle
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import torch

REFERENCE = Path(__file__).parent / "reference"
CASES = sorted(path.stem for path in REFERENCE.glob("*.json") if "expected" in json.loads(path.read_text()))
_LOW_GAIN = ("theta", "phi", "conv_g.", ".g.", "_g.")


@cache
def case(name: str) -> dict:
    about = json.loads((REFERENCE / f"{name}.json").read_text())
    for norm, channels in about.pop("norms", {}).items():
        leaves = ("weight", "bias", "running_mean", "running_var")
        about["tensors"] |= {f"{norm}.{leaf}": [channels] for leaf in leaves} | {f"{norm}.num_batches_tracked": []}
    return about


def draw(name: str, shape: list[int], seed: int = 0) -> np.ndarray:
    """The values of one tensor of a PyTorch state dict."""
    random, leaf = _generator(name, seed), name.rsplit(".", 1)[-1]
    if leaf == "num_batches_tracked":
        return np.asarray(0)
    if leaf == "running_mean":
        values = random.normal(0, 0.1, shape)
    elif leaf == "running_var":
        values = random.uniform(0.5, 1.5, shape)
    elif len(shape) == 1:
        values = random.uniform(0.3, 0.7, shape) if leaf == "weight" else random.normal(0, 0.1, shape)
    elif len(shape) == 2:
        values = random.normal(0, 0.05, shape)
    else:
        low_gain = any(part in name for part in _LOW_GAIN)
        values = random.normal(0, 0.02 if low_gain else (2 / np.prod(shape[1:])) ** 0.5, shape)
    return values.astype(np.float32)


def draw_blob(name: str, shape: list[int], seed: int = 0) -> np.ndarray:
    """The values of one blob of a Caffe2 file."""
    random, leaf = _generator(name, seed), name.rsplit("_", 1)[-1]
    if leaf in ("riv", "s"):
        low, high = {"riv": (0.5, 1.5), "s": (0.3, 0.7)}[leaf]
        return random.uniform(low, high, shape).astype(np.float32)
    if leaf in ("rm", "b"):
        spread = 0.1
    elif name == "pred_w":
        spread = 0.05
    else:
        low_gain = name.startswith("nonlocal") and not name.endswith("out_w")
        spread = 0.02 if low_gain else (2 / np.prod(shape[1:])) ** 0.5
    return random.normal(0, spread, shape).astype(np.float32)


def draw_input(entry: dict) -> torch.Tensor:
    """The network's input in a case: float32 (N, 3, T, H, W)."""
    values = np.random.RandomState(1234 + entry["seed"]).normal(0, 1, entry["shape"])
    return torch.from_numpy(values.astype(np.float32))


def checkpoint(name: str) -> dict:
    """What the framework of a case would save."""
    about = case(name)
    if about["container"] == "caffe2_pkl":
        return {"blobs": _blobs(about)}
    state = {each: torch.from_numpy(draw(each, shape, about["seed"])) for each, shape in about["tensors"].items()}
    if about["container"] == "mmaction_pth":
        return {"meta": {"epoch": 100, "iter": 0}, "state_dict": state}
    return {"epoch": 196, "model_state": state, "cfg": "synthetic"}


def write(name: str, path: Path) -> Path:
    """Write the checkpoint of a case in its framework's container."""
    content = checkpoint(name)
    if case(name)["container"] == "caffe2_pkl":
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path)
    return path


def _blobs(about: dict) -> dict[str, object]:
    blobs = {name: draw_blob(name, shape, about["seed"]) for name, shape in about["tensors"].items()}
    trained = [name for name in blobs if about["momentum"] and name.endswith(("_w", "_b", "_bn_s"))]
    momenta = {f"{name}_momentum": np.zeros_like(blobs[name]) for name in trained}
    return {**blobs, **momenta, "lr": np.asarray(1e-4, np.float32), "model_iter": 400000}


def _generator(name: str, seed: int) -> np.random.RandomState:
    return np.random.RandomState((zlib.crc32(name.encode()) ^ (seed * 2654435761)) & 0xFFFFFFFF)
