"""Parameter groups for an experiment's `optimiser` hook."""

from collections.abc import Iterator

from torch import nn

NORMS = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.LayerNorm)


def groups(
    model: nn.Module, *, norm_weight_decay: float | None = None, bias_weight_decay: float | None = None
) -> list[dict]:
    """The trainable parameters as optimiser groups: norm layers' and biases' decay set apart where one is given.

    torch.optim.SGD(groups(model, norm_weight_decay=0), lr=learning_rate, weight_decay=weight_decay)
    """
    kinds: dict[str, list[nn.Parameter]] = {"weights": [], "biases": [], "norms": []}
    for kind, parameter in _kinds(model):
        kinds[kind].append(parameter)
    decay = {"norms": norm_weight_decay, "biases": bias_weight_decay}
    rest = [parameter for kind, parameters in kinds.items() if decay.get(kind) is None for parameter in parameters]
    apart = [
        {"params": kinds[kind], "weight_decay": value}
        for kind, value in decay.items()
        if value is not None and kinds[kind]
    ]
    return [{"params": rest}, *apart] if rest else apart


def _kinds(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    seen: set[nn.Parameter] = set()
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad and parameter not in seen:
                seen.add(parameter)
                yield "norms" if isinstance(module, NORMS) else "biases" if name == "bias" else "weights", parameter
