"""`memory_format = "auto"`: time a network both ways on its device, once, and remember which was faster."""

import copy
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import nn

from pyvideoai.config.load import Config
from pyvideoai.data.pixels import training_region
from pyvideoai.engine.kept import keep_setting
from pyvideoai.engine.provenance import device_name
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.files import user_cache, write_whole
from pyvideoai.models.memory_format import FORMATS, set_memory_format
from pyvideoai.processes import Processes
from pyvideoai.scoring.trained import autocast

SMALL = 2_000_000  # parameters; smaller networks keep torch's format, so that quick runs start at once
ROUNDS, LEAST_ROUNDS, SECONDS = 10, 3, 10.0
CLEARLY = 0.95  # of the contiguous format's time; what is nearer is left as torch makes it
CLOSE = {"none": 1e-3, "bf16": 0.1, "fp16": 2e-2}  # relative difference of logits that is rounding, by `amp`


def settle_format(
    config: Config,
    model: nn.Module,
    processes: Processes,
    folder: ExperimentFolder | None,
    say: Callable[[str], None],
) -> str:
    """Return the setting `memory_format`, or what "auto" stands for, which the folder of a new run then keeps.

    folder: None for what goes on from a folder without a choice, or keeps nothing; auto is contiguous there.
    """
    exp = config.exp
    if exp.memory_format != "auto":
        return exp.memory_format
    if folder is None or exp.deterministic or is_small(model):
        return "contiguous"
    device = processes.device
    shape = clip_shape(config, device)
    chosen = processes.from_main(lambda: choose_format(model, shape, amp=exp.amp, device=device, say=say))
    if processes.is_main:
        keep_setting(folder, "memory_format", chosen)
    return chosen


def clip_shape(config: Config, device: torch.device) -> tuple[int, ...]:
    """Return the shape (N, 3, T, H, W) of what is timed: a forward pass of training, on a CPU of two clips only."""
    exp, draws = config.exp, np.random.default_rng(0)
    # A usual video stands for all: the last crop makes every clip the same size.
    region = training_region(exp.train_pixels, 256, 340, draws)
    sampler = exp.train_clip.train
    frames = len(exp.guard("train_clip").run(sampler, 1000, 25.0, draws, doing="sampling a video of 1000 frames"))
    clips = exp.clips_per_device or exp.global_batch
    return (clips if device.type == "cuda" else min(clips, 2), 3, frames, region.out_height, region.out_width)


def is_small(model: nn.Module) -> bool:
    """Return whether a network is too small to be timed."""
    return sum(parameter.numel() for parameter in model.parameters()) < SMALL


def choose_format(
    model: nn.Module, shape: tuple[int, ...], *, amp: str, device: torch.device, say: Callable[[str], None]
) -> str:
    """Return "channels_last" if training steps are clearly faster with it, else "contiguous".

    shape: of the network's input (N, 3, T, H, W). A choice is kept in a file of the user's cache, by network, shape,
    device, threads, precision and torch's version, so that the next run takes the same one without timing.
    """
    kept, key = _read(cache_file()), _key(model, shape, amp, device)
    if kept.get(key) in FORMATS:
        say(f"memory format {kept[key]}: found faster before ({cache_file()})")
        return kept[key]
    try:
        chosen, why = _timed(model, shape, amp, device)
    except Exception as error:  # of the user's network, or memory: training itself says more than a trial could
        say(f"memory format contiguous: timing failed ({type(error).__name__})")
        return "contiguous"
    say(f"memory format {chosen}: {why}")
    _keep(key, chosen)
    return chosen


def cache_file() -> Path:
    """Return the file of remembered choices."""
    return user_cache() / "memory_format.json"


def _timed(model: nn.Module, shape: tuple[int, ...], amp: str, device: torch.device) -> tuple[str, str]:
    """Return the faster format and a reason in words."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        inputs = torch.randn(shape, device=device)
        networks = {name: _copy(model, name) for name in FORMATS}
        difference = _difference([_logits(network, inputs, amp, device) for network in networks.values()])
        # Not `>`, which is False for NaN.
        if not difference <= CLOSE[amp]:
            return "contiguous", f"with channels last, logits differ by {difference:.2g} of their size"
        seconds = _times({name: _step(network, inputs, amp, device) for name, network in networks.items()})
    plain, last = (median(seconds[name]) for name in FORMATS)
    chosen = "channels_last" if last < CLEARLY * plain else "contiguous"
    return chosen, f"a step of {shape[0]} clips took {last:.3g} s with channels last, {plain:.3g} s contiguous"


def _copy(model: nn.Module, name: str) -> nn.Module:
    network = copy.deepcopy(model)
    set_memory_format(network, name)
    return network


@torch.no_grad()
def _logits(network: nn.Module, inputs: torch.Tensor, amp: str, device: torch.device) -> torch.Tensor:
    network.eval()
    with autocast(amp, device):
        return network(inputs).float()


def _difference(logits: list[torch.Tensor]) -> float:
    plain, last = logits
    return float((last - plain).norm() / plain.norm())


def _step(network: nn.Module, inputs: torch.Tensor, amp: str, device: torch.device) -> Callable[[], None]:
    network.train()

    def step() -> None:
        with autocast(amp, device):
            logits = network(inputs)
        # Any scalar will do: what is timed is the backward pass, not what it teaches.
        logits.float().square().mean().backward()
        network.zero_grad(set_to_none=True)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return step


def _times(steps: dict[str, Callable[[], None]]) -> dict[str, list[float]]:
    """Return the seconds of each step of both networks, after one step that is not counted.

    The networks take turns, so that a machine whose speed changes slows both.
    """
    for step in steps.values():
        step()
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    started = time.perf_counter()
    for number in range(ROUNDS):
        if number >= LEAST_ROUNDS and time.perf_counter() - started > SECONDS:
            break
        for name, step in steps.items():
            before = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - before)
    return seconds


def _key(model: nn.Module, shape: tuple[int, ...], amp: str, device: torch.device) -> str:
    # repr shows the layers with their sizes but no weights, on which speed doesn't depend.
    network = hashlib.sha256(repr(model).encode()).hexdigest()[:16]
    return " ".join((network, "x".join(map(str, shape)), amp, device_name(device), f"torch {torch.__version__}"))


def _read(path: Path) -> dict[str, str]:
    """Return the remembered choices; none if the file is missing or is not one of ours."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _keep(key: str, chosen: str) -> None:
    path = cache_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Read again: another run may have kept its choice meanwhile.
        write_whole(path, json.dumps({**_read(path), key: chosen}, indent=2) + "\n")
    except OSError:  # a home that can't be written to: the next run times again
        pass
