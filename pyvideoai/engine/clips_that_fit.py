"""`clips_per_device` = "auto": try how many clips a training step has memory for; accumulation makes up the rest."""

import copy
from bisect import bisect_left
from collections.abc import Callable, Sequence
from math import prod

import torch
from torch import nn

from pyvideoai.config.load import Config
from pyvideoai.engine.checks import is_probe
from pyvideoai.engine.fastest import training_clip
from pyvideoai.engine.kept import keep_setting
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.faults import is_out_of_memory
from pyvideoai.optim import batchnorm
from pyvideoai.optim import parameter_groups as optim
from pyvideoai.optim.freezing import eval_but_head
from pyvideoai.optim.fused import fuse
from pyvideoai.optim.shards import is_sharded
from pyvideoai.processes import Processes
from pyvideoai.scoring.loading import network_hook
from pyvideoai.scoring.network import GuardedNetwork
from pyvideoai.scoring.room import few
from pyvideoai.scoring.trained import autocast

SPARE = 0.1  # of a GPU's memory, that a trial must leave free: augmentation and validation take some too

Step = Callable[[int], None]


def settle_clips(
    config: Config,
    model: nn.Module,
    amp: str,
    classes: int,
    processes: Processes,
    folder: ExperimentFolder | None,
    say: Callable[[str], None],
) -> int | None:
    """Return the setting clips_per_device, or what "auto" stands for; the folder of the run keeps it.

    model: on its device, as it trains, but not compiled. Raises UserError where the number is part of the recipe.
    """
    exp = config.exp
    if exp.clips_per_device != "auto":
        return exp.clips_per_device
    share = exp.global_batch // processes.world
    if config.dataset.features:
        clips, why = share, "features are small"
    else:
        clips, why = _found(config, model, amp, classes, processes)
    say(f"{clips} of {counted(share, 'clip')} in a forward pass (clips_per_device = 'auto'): {why}")
    if folder is not None and processes.is_main:
        keep_setting(folder, "clips_per_device", clips)
        # What None would stand for after a resume is the number; here it has been "auto".
        if exp.eval_clips_per_device is None:
            keep_setting(folder, "eval_clips_per_device", "auto")
    return clips


def possible_sizes(share: int, *, clips_per_video: int = 1, least: int = 1) -> list[int]:
    """Return the sizes of a forward pass, rising: divisors of `share` that are whole videos and at least `least`."""
    sizes = [size for size in range(least, share + 1) if share % size == 0 and size % clips_per_video == 0]
    return sizes or [share]  # which the loader refuses, and says why


def largest(sizes: Sequence[int], fits: Callable[[int], bool]) -> int | None:
    """Return the largest size that fits; None if the smallest doesn't. sizes: rising."""
    first = bisect_left(sizes, True, key=lambda size: not fits(size))
    return sizes[first - 1] if first else None


def _found(config: Config, model: nn.Module, amp: str, classes: int, processes: Processes) -> tuple[int, str]:
    """Return the number of clips and a reason in words; the same on all processes, so that it fits each of them."""
    exp, device = config.exp, processes.device
    if is_sharded(model):
        raise UserError("clips_per_device = 'auto' can't try a network that wrap_model shards: write a number")
    sizes = possible_sizes(
        exp.global_batch // processes.world,
        clips_per_video=exp.clips_per_video,
        least=1 if exp.mix is None else 2,
    )
    most, shape = sizes[-1], training_clip(config)
    if device.type != "cuda":
        sizes = [size for size in sizes if size <= few(prod(shape))] or sizes[:1]
    step = _step(config, model, shape, amp, classes, device)
    found = largest(sizes, lambda size: not processes.any(_runs_out(step, size, device)))
    if found is None:
        told = f"{counted(sizes[0], 'clip')} of {' x '.join(map(str, shape[1:]))} in a forward pass"
        raise UserError(f"memory runs out with {told}: take a smaller network or clips, or amp = 'bf16'")
    if found < sizes[-1]:
        return found, f"memory runs out with {sizes[sizes.index(found) + 1]}"
    return found, "they fit" if found == most else "a larger pass saves no time on this device"


def _step(
    config: Config, model: nn.Module, shape: tuple[int, ...], amp: str, classes: int, device: torch.device
) -> Step:
    """Return what takes a training step of some clips as a run does, with a copy of the model."""
    exp, trained = config.exp, copy.deepcopy(model)
    if is_probe(exp):
        eval_but_head(trained)
    else:
        batchnorm.train_mode(trained, exp.bn)
    if batchnorm.normalises_by_batch(trained):
        raise UserError(
            "clips_per_device = 'auto': batch norm trains on the clips of a forward pass, so that their number is part "
            "of the recipe: write it, or set bn = 'frozen'"
        )
    network = GuardedNetwork(trained, network_hook(config), classes)
    optimiser = optim.build_optimiser(exp.optimiser, trained)
    fuse(optimiser)

    def step(clips: int) -> None:
        # A step that failed leaves some of both behind: half of a parameter's state would be an error of its own.
        optimiser.state.clear()
        optimiser.zero_grad(set_to_none=True)
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            # Twice: the second backward pass finds the first one's gradients and the optimiser's state in memory.
            for _ in range(2):
                inputs = torch.randn(clips, *shape, device=device)
                with autocast(amp, device):
                    logits = network(inputs)
                # Any scalar will do: what counts is what its backward pass takes.
                network.backward(logits.float().square().mean())
                optimiser.step()

    return step


def _runs_out(step: Step, clips: int, device: torch.device) -> bool:
    """Return whether memory runs out in a step, or nearly does; what it took is free again."""
    try:
        step(clips)
        runs_out = _is_nearly_full(device)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        runs_out = True
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)  # of training alone: runs report it
    return runs_out


def _is_nearly_full(device: torch.device) -> bool:
    if device.type != "cuda":
        return False
    # torch still holds the most that the step took.
    free, total = torch.cuda.mem_get_info(device)
    return free < SPARE * total
