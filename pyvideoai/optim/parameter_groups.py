"""Parameter groups for an experiment's `optimiser` hook, and the lines that show them."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from pyvideoai.config.run.guard import GuardedHook
from pyvideoai.errors import UserError
from pyvideoai.models.stages import Stage, stages

NORMS = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.LayerNorm)
KINDS = ("weights", "norms", "biases")


def groups(
    model: nn.Module,
    *,
    learning_rate: float | None = None,
    head_factor: float = 1.0,
    layer_decay: float = 1.0,
    norm_weight_decay: float | None = None,
    bias_weight_decay: float | None = None,
) -> list[dict[str, Any]]:
    """Return the parameters that train as named optimiser groups; frozen ones (`requires_grad` is False) are left out.

    torch.optim.SGD(groups(model, norm_weight_decay=0), lr=learning_rate, weight_decay=weight_decay)
    torch.optim.AdamW(groups(model, learning_rate=1e-4, head_factor=10, layer_decay=0.9, bias_weight_decay=0))

    The head's rate is `learning_rate * head_factor`; the stage before it has `learning_rate * layer_decay`, the one
    before that `learning_rate * layer_decay**2`, and so on to the stem (Clark et al. 2020, arXiv:2003.10555; Bao et al.
    2021, arXiv:2106.08254). `models.stages` defines stages and head.

    `norm_weight_decay` and `bias_weight_decay` replace the weight decay of norms and biases; None leaves the
    optimiser's. "Biases" here are all parameters that belong to no norm and are not matrices: also layer scales and
    other 1-D parameters, class tokens and tables of positions.

    Raises UserError if nothing trains, or if a factor is given without the rate that it multiplies.
    """
    kinds, decays = _kinds(model), {"norms": norm_weight_decay, "biases": bias_weight_decay}
    if not kinds:
        raise UserError(f"nothing is left to train: all parameters of {type(model).__name__} are frozen")
    if (head_factor, layer_decay) == (1.0, 1.0):
        rate = {} if learning_rate is None else {"lr": learning_rate}
        return _split(Stage("", dict(model.named_parameters())), rate, kinds, decays)
    if learning_rate is None:
        raise UserError("groups(...): head_factor and layer_decay multiply learning_rate, which is missing")
    *body, head = stages(model)
    made: list[dict[str, Any]] = []
    for depth, stage in enumerate(reversed(body), start=1):
        made = _split(stage, {"lr": learning_rate * layer_decay**depth}, kinds, decays) + made
    return made + _split(head, {"lr": learning_rate * head_factor}, kinds, decays)


def build_optimiser(hook: GuardedHook, model: nn.Module) -> torch.optim.Optimizer:
    """Call the hook `optimiser`.

    Raises ConfigError if it trains nothing, or tensors that are not the model's parameters.
    """
    optimiser = hook(model)
    given = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    strange = len({id(each) for each in given} - {id(each) for each in model.parameters()})
    if strange:
        fault = f"trains {strange} of {len(given)} tensors that are not parameters of model; a run neither saves nor"
        raise hook.guard.refused(f"{fault} scores them")
    if not any(parameter.requires_grad for parameter in given):
        raise hook.guard.refused("trains nothing: it holds no parameter with requires_grad")
    return optimiser


def describe(optimiser: torch.optim.Optimizer, model: nn.Module) -> str:
    """Return the console lines that say what trains at which rate: a table of the groups if there are several."""
    rows = [_row(f"group {number}", group) for number, group in enumerate(optimiser.param_groups, start=1)]
    trained = sum(_size(group) for group in optimiser.param_groups)
    frozen = sum(parameter.numel() for parameter in model.parameters() if not parameter.requires_grad)
    left_out = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad) - trained
    kept = f"{f'; {frozen:,} frozen' * (frozen > 0)}{f'; {left_out:,} left out' * (left_out > 0)}"
    fused = " (fused)" * any(group.get("fused") for group in optimiser.param_groups)
    first = f"{type(optimiser).__name__}{fused} trains {trained:,} parameters{kept}"
    if len(rows) == 1:
        return f"{first}: learning rate {rows[0][3]}, weight decay {rows[0][4]}"
    table = [("group", "tensors", "parameters", "learning rate", "weight decay"), *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table)
    return "\n".join([first, *(f"  {line.rstrip()}" for line in lines)])


def learning_rate(optimiser: torch.optim.Optimizer) -> float:
    """Return the learning rate to report: the highest of all groups, which with `layer_decay` is the head's."""
    return max(float(group["lr"]) for group in optimiser.param_groups)


def _split(
    stage: Stage, rate: Mapping[str, float], kinds: Mapping[nn.Parameter, str], decays: Mapping[str, float | None]
) -> list[dict[str, Any]]:
    """Split a stage's trainable parameters into one group for each weight decay."""
    by_decay: dict[float | None, dict[str, list[nn.Parameter]]] = {}
    for kind in KINDS:
        parameters = [each for each in stage.parameters.values() if kinds.get(each) == kind]
        if parameters:
            by_decay.setdefault(decays.get(kind), {})[kind] = parameters
    return [
        {
            "params": [parameter for each in parts.values() for parameter in each],
            "name": f"{stage.name} {' and '.join(parts)}".strip(),
            **rate,
            **({} if decay is None else {"weight_decay": decay}),
        }
        for decay, parts in by_decay.items()
    ]


def _kinds(model: nn.Module) -> dict[nn.Parameter, str]:
    """Return the kind of each trainable parameter: "weights", "norms" or "biases"."""
    found: dict[nn.Parameter, str] = {}
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad:
                matrix = "weight" in name and parameter.dim() > 1
                found.setdefault(parameter, "norms" if isinstance(module, NORMS) else "weights" if matrix else "biases")
    return found


def _row(unnamed: str, group: Mapping[str, Any]) -> tuple[str, ...]:
    decay = group.get("weight_decay", 0.0)
    return (
        group.get("name", unnamed),
        str(len(group["params"])),
        f"{_size(group):,}",
        f"{group['lr']:.3g}",
        f"{decay:g}",
    )


def _size(group: Mapping[str, Any]) -> int:
    """Count the parameters of a group that train: after `SGD(model.parameters())` a group holds frozen ones too."""
    return sum(parameter.numel() for parameter in group["params"] if parameter.requires_grad)
