"""Fused steps: torch's own optimisers change many parameters by one kernel, where they would start several for each."""

import torch

# Adagrad's runs on a CPU only. A class below these may have a step of its own.
FUSABLE = (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW)
DEVICES = ("cuda",)  # on a CPU a fused step of SGD took 1.02 times as long


def fuse(optimiser: torch.optim.Optimizer) -> None:
    """Let SGD, Adam or AdamW take fused steps on a GPU, unless the experiment's `optimiser` says `fused` or `foreach`.

    Numbers differ from those of other steps by rounding. With amp = "fp16" the GPU itself finds out whether a fused
    step is to be skipped; before any other step the host waits for that.
    """
    if type(optimiser) in FUSABLE and all(map(_is_open, optimiser.param_groups)):
        # What the constructor does with fused=True. A new optimiser would lose the options of a user's groups.
        optimiser.defaults["fused"] = optimiser._step_supports_amp_scaling = True  # type: ignore[attr-defined]
        for group in optimiser.param_groups:
            group["fused"] = True
    fill_momentum(optimiser)


def fill_momentum(optimiser: torch.optim.Optimizer) -> None:
    """Begin a fused SGD's momentum with zeros, which gives the same steps as to begin with the first gradient.

    torch (2.14) makes it of memory that nobody has written, and leaves it so if fp16's scaler skips the first step, as
    it often does: the next one would add whatever lay there. Call it again when a state has been loaded.
    """
    if not isinstance(optimiser, torch.optim.SGD):
        return
    for group in optimiser.param_groups:
        # With dampening the first gradient counts more than those after it, so that zeros would be something else.
        if group.get("fused") and group["momentum"] and not group["dampening"]:
            for parameter in group["params"]:
                if parameter.requires_grad and optimiser.state[parameter].get("momentum_buffer") is None:
                    optimiser.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)


def _is_open(group: dict) -> bool:
    """Return whether a group's steps can be fused, and nobody has chosen how they are taken."""
    chosen = any(group.get(name) is not None for name in ("fused", "foreach"))
    if chosen or group.get("differentiable") or group.get("capturable"):
        return False
    if group.get("momentum") and group.get("dampening"):  # see `fill_momentum`
        return False
    plain = (torch.Tensor, torch.nn.Parameter)  # not one in shards
    return all(
        type(each) in plain and each.device.type in DEVICES and each.is_floating_point() for each in group["params"]
    )
