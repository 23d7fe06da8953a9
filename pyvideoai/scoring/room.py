"""`eval_clips_per_device` = "auto": how many views one forward pass has memory for."""

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor

from pyvideoai.errors import counted

# On a CPU a view takes as long in a pass of two as in a larger one, and memory grows with each view
# (docs/BENCHMARKS.md). For small views a pass of two would be mostly overhead: they fill FEW_BYTES.
FEW, FEW_BYTES = 2, 4_000_000
USED = 0.8  # share of the free memory that a pass may take: what is free lies in pieces


def few(view_bytes: int) -> int:
    """Return the clips of a forward pass on a CPU, where larger ones save no time. view_bytes: of one clip, uint8."""
    return max(FEW, FEW_BYTES // view_bytes)


def room(
    network: Callable[[Tensor], object], views: Tensor, device: torch.device, *, compiled: bool = False
) -> tuple[int, str]:
    """Return how many views (N, ...) a pass of `network` has room for on its device, and why in words.

    views: two at least; on a GPU, passes of one and of two of them are measured. compiled: whether `network` calls what
    torch.compile made. Raises what `network` raises.
    """
    shape = " x ".join(map(str, views.shape[1:-1]))
    if device.type != "cuda":
        passes = f"{counted(count := few(views[0].nbytes), 'view')} of {shape} in a forward pass"
        return count, f"{passes}: a larger one saves no time on this device"
    # A compiled network would be compiled anew for each size; as it stands it takes as much memory, or more.
    with torch.compiler.set_stance("force_eager") if compiled else nullcontext():
        one, two = (_taken(network, views[:count], device) for count in (1, 2))
    # A workspace may hide what the second view takes: then each counts as a whole pass of one.
    each = two - one if two > one else one
    free = _free(device)
    count = max(int((USED * free - (one - each)) / max(each, 1)), 1)
    told = f"up to {counted(count, 'view')} of {shape} in a forward pass: each takes {each / 1e6:,.0f} MB"
    return count, f"{told}, and {free / 1e9:.1f} GB are free"


def _taken(network: Callable[[Tensor], object], views: Tensor, device: torch.device) -> int:
    """Return the bytes that a pass takes at its height, beside what was taken before."""
    network(views)  # the first pass of a size tries algorithms, and the very first makes what stays
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    network(views)
    return torch.cuda.max_memory_allocated(device) - before


def _free(device: torch.device) -> int:
    """Return the bytes that torch may still take: the device's free ones, and those that torch keeps for later."""
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + kept
