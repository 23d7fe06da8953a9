"""The setting `freeze`: parts of a network that do not train; their batch norm statistics stay as well."""

from collections.abc import Sequence

from torch import nn

from pyvideoai.errors import UserError, counted, hint
from pyvideoai.models.stages import BACKBONE, classifier, head, is_backbone_and_head


def freeze(model: nn.Module, freeze: str | Sequence[str], num_classes: int) -> str:
    """Stop training the named modules and parameters; return the console line that lists them.

    freeze: a name, several names in a tuple, or several names separated by commas. "layer1" means every parameter whose
    name begins with "layer1.", "backbone" means everything but the head. Raises UserError if the model has no such
    name, or if nothing is left to train.
    """
    names = [name.strip() for name in freeze.split(",")] if isinstance(freeze, str) else list(freeze)
    for name in names:
        for parameter in _backbone(model, num_classes) if name == BACKBONE else _named(model, name):
            parameter.requires_grad_(False)
    trains = [parameter.numel() for parameter in model.parameters() if parameter.requires_grad]
    if not trains:
        raise UserError(f"freeze = {freeze!r} leaves nothing to train")
    frozen = [parameter.numel() for parameter in model.parameters() if not parameter.requires_grad]
    share = 100 * sum(frozen) / (sum(frozen) + sum(trains))
    return f"frozen: {', '.join(names)}: {counted(len(frozen), 'tensor')}, {share:.1f} % of the parameters"


def eval_frozen(model: nn.Module) -> None:
    """Put modules whose parameters are all frozen into evaluation mode; call it after `model.train()`.

    Their batch norm keeps and uses its running statistics, and their dropout drops nothing.
    """
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()


def eval_but_head(model: nn.Module) -> None:
    """Put everything but the head into evaluation mode, dropout before it too, and the head into training mode."""
    model.eval()
    model.get_submodule(head(model)).train()


def _backbone(model: nn.Module, num_classes: int) -> list[nn.Parameter]:
    if is_backbone_and_head(model):
        return list(model.get_submodule(BACKBONE).parameters())
    name = classifier(model)
    last = model.get_submodule(name)
    outputs = len(last.get_parameter("weight"))
    if outputs != num_classes:
        raise UserError(
            f"freeze = 'backbone': the last layer, {name!r}, has {counted(outputs, 'output')} and not one for "
            f"each of {num_classes} classes, so it is not a head; name what is to be frozen"
        )
    kept = set(last.parameters())
    return [parameter for parameter in model.parameters() if parameter not in kept]


def _named(model: nn.Module, name: str) -> list[nn.Parameter]:
    parameters = dict(model.named_parameters())
    found = [each for own, each in parameters.items() if own == name or own.startswith(f"{name}.")]
    if not found:
        children = [child for child, module in model.named_children() if any(True for _ in module.parameters())]
        parts = {own.rsplit(".", depth)[0] for own in parameters for depth in range(own.count(".") + 1)}
        near = hint(name, [BACKBONE, *sorted(parts)])
        # the nearest of all names if one is near; else only the top-level ones, since a ResNet has 160 names
        advice = near if near.startswith("did") else hint(name, [BACKBONE, *children])
        raise UserError(f"freeze: the model has nothing called {name!r}; {advice}")
    return found
