"""`memory_format`, `amp` and `compile` = "auto": time a network each way on its device, once; remember the fastest."""

import copy
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
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
from pyvideoai.models.kernels import choose_kernels
from pyvideoai.models.memory_format import FORMATS
from pyvideoai.processes import Processes
from pyvideoai.scoring.trained import autocast, plain_amp

PRECISIONS = ("none", "bf16")  # fp16 is left out: its scaler changes the steps
TIMED = 8  # clips of a forward pass where clips_per_device is "auto"
SMALL = 2_000_000  # parameters; smaller networks keep torch's ways, so that quick runs start at once
ROUNDS, LEAST_ROUNDS, SECONDS = 10, 3, 10.0
HOPELESS = 3.0  # times the plain way's first step: bf16 on a processor without it
CLEARLY = 0.95  # of the plain way's time; what is nearer is left as torch makes it
CLOSE = {"none": 1e-3, "bf16": 0.1, "fp16": 2e-2}  # relative difference of logits that is rounding, by `amp`


@dataclass(frozen=True)
class Way:
    """Say how a network computes: the settings memory_format, amp and compile, none of them "auto"."""

    memory_format: str = "contiguous"
    amp: str = "none"
    compile: bool = False

    def __str__(self) -> str:
        compiled = " compiled" if self.compile else ""
        return f"{self.memory_format} {'fp32' if self.amp == 'none' else self.amp}{compiled}"


def settle_way(
    config: Config,
    model: nn.Module,
    processes: Processes,
    folder: ExperimentFolder | None,
    say: Callable[[str], None],
) -> Way:
    """Return the settings memory_format, amp and compile, or what "auto" stands for; the folder of a new run keeps it.

    folder: None for what goes on from a folder without a choice, or keeps nothing; auto is the plain way there.
    """
    exp, ways, device = config.exp, ways_of(config, processes.device), processes.device
    if len(ways) == 1 or folder is None or is_small(model):
        return ways[0]
    shape = clip_shape(config, device)
    chosen = processes.from_main(lambda: choose_way(model, shape, ways, device=device, say=say))
    if processes.is_main:
        for name in (name for name in ("memory_format", "amp", "compile") if getattr(exp, name) == "auto"):
            keep_setting(folder, name, getattr(chosen, name))
    return chosen


def ways_of(config: Config, device: torch.device) -> list[Way]:
    """Return the ways that a config leaves open, the plain one first; under `deterministic` nothing is open."""
    exp = config.exp
    formats = FORMATS if exp.memory_format == "auto" else (exp.memory_format,)
    # what a frozen network gives is kept in fp32, and its head follows
    precisions = PRECISIONS if exp.amp == "auto" and not exp.fixed_views else (plain_amp(exp.amp),)
    # On a CPU compiling i3d_resnet50 took 103 s to make steps 1.11 times as fast: auto doesn't try it there.
    tried = (False, True) if device.type == "cuda" and not exp.fixed_views else (False,)
    compiled = tried if exp.compile == "auto" else (exp.compile,)
    ways = [Way(*each) for each in product(formats, precisions, compiled)]
    return ways[:1] if exp.deterministic else ways


def clip_shape(config: Config, device: torch.device) -> tuple[int, ...]:
    """Return the shape (N, 3, T, H, W) of what is timed: a forward pass of training, on a CPU of two clips only."""
    exp = config.exp
    clips = exp.clips_per_device or exp.global_batch
    if clips == "auto":  # which is settled later, since precision changes what a clip takes
        clips = min(exp.global_batch, TIMED)
    return (clips if device.type == "cuda" else min(clips, 2), *training_clip(config))


def training_clip(config: Config) -> tuple[int, int, int, int]:
    """Return the shape (3, T, H, W) of a training clip."""
    exp, draws = config.exp, np.random.default_rng(0)
    # A usual video stands for all: the last crop makes every clip the same size.
    region = training_region(exp.train_pixels, 256, 340, draws)
    sampler = exp.train_clip.train
    frames = len(exp.guard("train_clip").run(sampler, 1000, 25.0, draws, doing="sampling a video of 1000 frames"))
    return 3, frames, region.out_height, region.out_width


def is_small(model: nn.Module) -> bool:
    """Return whether a network is too small to be timed."""
    return sum(parameter.numel() for parameter in model.parameters()) < SMALL


def choose_way(
    model: nn.Module, shape: tuple[int, ...], ways: Sequence[Way], *, device: torch.device, say: Callable[[str], None]
) -> Way:
    """Return the way with the fastest training steps if it is clearly faster than the first, the plain one.

    shape: of the network's input (N, 3, T, H, W). A choice is kept in a file of the user's cache, by network, shape,
    device, threads, ways and torch's version, so that the next run takes the same one without timing.
    """
    kept, key = _read(cache_file()), _key(model, shape, ways, device)
    known = {str(way): way for way in ways}
    if kept.get(key) in known:
        say(f"{kept[key]}: found fastest before ({cache_file()})")
        return known[kept[key]]
    try:
        chosen, why = _timed(model, shape, ways, device)
    except Exception as error:  # of the user's network, or memory: training itself says more than a trial could
        say(f"{ways[0]}: timing failed ({type(error).__name__})")
        return ways[0]
    say(f"{chosen}: {why}")
    _keep(key, str(chosen))
    return chosen


def cache_file() -> Path:
    """Return the file of remembered choices."""
    return user_cache() / "fastest.json"


def _timed(model: nn.Module, shape: tuple[int, ...], ways: Sequence[Way], device: torch.device) -> tuple[Way, str]:
    """Return the fastest way and a reason in words."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        inputs = torch.randn(shape, device=device)
        networks = {way: _copy(model, way, device) for way in ways}
        logits = {way: _logits(network, inputs, way.amp, device) for way, network in networks.items()}
        off = {way: _difference(logits[ways[0]], logits[way]) for way in ways[1:]}
        # Not `>`, which is False for NaN.
        refused = {way: value for way, value in off.items() if not value <= CLOSE[way.amp]}
        steps = {way: _step(networks[way], inputs, way.amp, device) for way in ways if way not in refused}
        for way in (way for way in steps if way.compile):
            steps[way]()  # it compiles, which says nothing of later steps
        seconds = {way: median(found) for way, found in _times(steps).items()} if len(steps) > 1 else {}
    chosen = min(seconds, key=seconds.__getitem__, default=ways[0])
    if seconds and seconds[chosen] >= CLEARLY * seconds[ways[0]]:
        chosen = ways[0]
    others = sorted((value, str(way)) for way, value in seconds.items() if way != chosen)
    times = "".join(f", with {way} {value:.3g} s" for value, way in others)
    told = [f"a step of {shape[0]} clips took {seconds[chosen]:.3g} s{times}"] if seconds else []
    told += [f"with {way}, logits differ by {value:.2g} of their size" for way, value in refused.items()]
    return chosen, "; ".join(told)


def _copy(model: nn.Module, way: Way, device: torch.device) -> nn.Module:
    network = copy.deepcopy(model)
    choose_kernels(network, way.memory_format, way.amp, device)
    if way.compile:
        network.compile()
    return network


@torch.no_grad()
def _logits(network: nn.Module, inputs: torch.Tensor, amp: str, device: torch.device) -> torch.Tensor:
    network.eval()
    with autocast(amp, device):
        return network(inputs).float()


def _difference(plain: torch.Tensor, other: torch.Tensor) -> float:
    return float((other - plain).norm() / plain.norm())


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


def _times(steps: dict[Way, Callable[[], None]]) -> dict[Way, list[float]]:
    """Return the seconds of each way's steps, after one that is not counted; without ways that are hopeless.

    The ways take turns, so that a machine whose speed changes slows all of them.
    """
    first = {way: _seconds(step) for way, step in steps.items()}
    bound = HOPELESS * next(iter(first.values()))
    seconds: dict[Way, list[float]] = {way: [] for way, value in first.items() if value <= bound}
    started = time.perf_counter()
    for number in range(ROUNDS):
        if number >= LEAST_ROUNDS and time.perf_counter() - started > SECONDS:
            break
        for way, found in seconds.items():
            found.append(_seconds(steps[way]))
    return seconds


def _seconds(step: Callable[[], None]) -> float:
    before = time.perf_counter()
    step()
    return time.perf_counter() - before


def _key(model: nn.Module, shape: tuple[int, ...], ways: Sequence[Way], device: torch.device) -> str:
    # repr shows the layers with their sizes but no weights, on which speed doesn't depend.
    network = hashlib.sha256(repr(model).encode()).hexdigest()[:16]
    among = " or ".join(map(str, ways))
    return " ".join((network, "x".join(map(str, shape)), among, device_name(device), f"torch {torch.__version__}"))


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
