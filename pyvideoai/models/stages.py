"""Split any network into stages, from the stem to the head, by looking at its modules.

The rules, in this order, assume that modules are defined in the order in which they are used:

1. The head is the child `head` of a network that consists of a `backbone` and a `head`. In any other network it is the
   classifier, the last layer with a matrix (linear or convolution): its shape depends on the number of classes.
2. The stages are the network's children. A child that holds nine tenths of the parameters (a `features`, a list of
   `blocks`, the network inside a wrapper) is replaced by its own children, again and again. So is what holds, or is, a
   list of blocks that the network names itself, in `block_lists`.
3. A stage without a matrix (a norm, a table of positions) belongs to the stage before it; the first one to the next.

So a ResNet has its stem and `layer1` to `layer4`; MViT its patches and each block; Swin its patches, each stage and
each merging of patches; S3D each Inception module.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import nn

from pyvideoai.errors import UserError

_MATRICES = (nn.Linear, nn.modules.conv._ConvNd)
_NEARLY_ALL = 0.9
BACKBONE, HEAD = "backbone", "head"


@dataclass(frozen=True)
class Stage:
    """Hold a part of a network: its name, and its parameters by their full names. The head comes last."""

    name: str
    parameters: dict[str, nn.Parameter]


def stages(model: nn.Module) -> list[Stage]:
    """Return every parameter of `model` exactly once, in stages from the stem to the head."""
    of_head = dict(model.get_submodule(head(model)).named_parameters(prefix=head(model)))
    found: list[Stage] = []
    carried: dict[str, nn.Parameter] = {}  # of a norm or table before the first matrix
    for name, parameters, has_matrix in _pieces(model, set(of_head)):
        if has_matrix:
            found.append(Stage(name, carried | parameters))
            carried = {}
        else:
            (found[-1].parameters if found else carried).update(parameters)
    return [*found, Stage("head", carried | of_head)]


def head(model: nn.Module) -> str:
    """Return the name of the head: what is trained anew for other classes. Raises UserError without one."""
    return HEAD if is_backbone_and_head(model) else classifier(model)


def is_backbone_and_head(model: nn.Module) -> bool:
    """Return whether a network consists of two children, `backbone` and `head`."""
    return {name for name, _ in model.named_children()} == {BACKBONE, HEAD}


def classifier(model: nn.Module) -> str:
    """Return the name of the last layer with a matrix. Raises UserError for a network without one."""
    names = [name for name, module in model.named_modules() if isinstance(module, _MATRICES)]
    if not names:
        raise UserError(f"{type(model).__name__} has no linear layer and no convolution, so no head that can be found")
    return names[-1]


def _pieces(model: nn.Module, taken: set[str]) -> Iterator[tuple[str, dict[str, nn.Parameter], bool]]:
    """Apply rule 2: yield (name, parameters by full name, whether it has a matrix), without the names in `taken`."""
    row = _children("", model, taken)
    total = sum(_size(parameters) for _, _, parameters in row)
    lists = getattr(model, "block_lists", ())
    while (place := _place_to_open(row, total, lists)) is not None:
        name, module, _ = row[place]
        row[place : place + 1] = _children(name, module, taken)
    for name, module, parameters in row:
        yield name, parameters, any(isinstance(each, _MATRICES) for each in module.modules())


def _place_to_open(
    row: list[tuple[str, nn.Module, dict[str, nn.Parameter]]], total: int, lists: Sequence[str]
) -> int | None:
    places = (
        place
        for place, (name, module, parameters) in enumerate(row)
        # With dots at the end: the place is the list itself, or has it inside.
        if (_size(parameters) > _NEARLY_ALL * total or any(f"{each}.".startswith(f"{name}.") for each in lists))
        and any(module.children())
    )
    return next(places, None)


class _Own(nn.Module):
    """Stand for the parameters that a module holds itself, besides its children's."""


def _children(prefix: str, module: nn.Module, taken: set[str]) -> list[tuple[str, nn.Module, dict[str, nn.Parameter]]]:
    """Return (full name, module, parameters) of a module's parts; the parameters that it holds itself come first."""
    dot = prefix and f"{prefix}."
    parts = [
        (prefix, _Own(), dict(module.named_parameters(prefix, recurse=False))),
        *((dot + name, child, dict(child.named_parameters(dot + name))) for name, child in module.named_children()),
    ]
    # A parameter shared by two children belongs to the first: an optimiser refuses it in two groups.
    seen: set[nn.Parameter] = set()
    row = []
    for name, part, parameters in parts:
        new = {each: value for each, value in parameters.items() if each not in taken and value not in seen}
        seen |= set(new.values())
        row += [(name, part, new)] if new else []
    return row


def _size(parameters: dict[str, nn.Parameter]) -> int:
    return sum(parameter.numel() for parameter in parameters.values())
