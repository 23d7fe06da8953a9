"""Which network a file of weights is of: shipped model configs, compared by names and shapes of their parameters."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from pyvideoai.config.load import load_layer
from pyvideoai.config.lookup import Library, Names, default_roots
from pyvideoai.config.run.layer import Layer
from pyvideoai.models.settings import MODEL
from pyvideoai.models.stages import head
from pyvideoai.models.weights.containers import Content, read
from pyvideoai.models.weights.fit import fit
from pyvideoai.models.weights.report import LoadReport

SHOWN = 4


def surplus(model: nn.Module, report: LoadReport) -> list[str]:
    """The file's parameters and buffers that the network has no place for; those of a head of its own don't count."""
    return [name for name in report.unexpected if not _is_of_head(name, head(model))]


def surplus_text(names: list[str], report: LoadReport) -> str:
    """One line on a file that has more than the network, with the configs that it may belong to."""
    likelier = likelier_configs(Path(report.source))
    advice = f"; likelier is {_either(likelier)}" if likelier else ""
    count = f"{len(names)} tensors of the file have no place in this network (such as {names[0]})"
    return f"{report.source}: {count}: it is of another one{advice}"


def name_note(path: Path, model: str) -> str:
    """What a file's name gives away where its content can't: the configs that it was published for. Else empty."""
    owners = [name for name, layer in _shipped() if _published(layer, path)]
    if not owners or model in owners:
        return ""
    return f"a file of this name is published for {_either(owners)}, not for {model}"


def likelier_configs(path: Path) -> list[str]:
    """The shipped configs that hold all of a file, first those that it was published for by its name."""
    found = read(path)
    shapes = Content(found.container, {name: tensor.to("meta") for name, tensor in found.tensors.items()})
    misfits = {name: (_misfits(layer, shapes), _published(layer, path)) for name, layer in _shipped()}
    whole = {name: (changed, published) for name, ((faults, changed), published) in misfits.items() if not faults}
    fewest = min((changed for changed, _ in whole.values()), default=0)
    best = [name for name, (changed, _) in whole.items() if changed == fewest]
    return [name for name in best if whole[name][1]] or sorted(best, key=len)


def _shipped() -> Iterator[tuple[str, Layer]]:
    """The configs with published weights, by name."""
    roots = default_roots()[-1:]
    for name in Library(roots, Names("", "", "")).known("model"):
        layer = load_layer(MODEL, name, roots=roots)
        if layer.weights:
            yield name, layer


def _published(layer: Layer, path: Path) -> bool:
    return any(each.file_name == path.name for each in layer.weights.values())


def _misfits(layer: Layer, shapes: Content) -> tuple[int, int]:
    """(tensors that don't fit, the head's apart; what would have to be inflated or folded). Needs no memory."""
    with torch.device("meta"):
        model = layer.load_model(2)
    _, report = fit(model, shapes, "")
    names = [*report.missing, *report.unexpected, *(each.name for each in report.skipped)]
    return sum(not _is_of_head(name, head(model)) for name in names), len(report.inflated) + len(report.notes)


def _is_of_head(name: str, own: str) -> bool:
    return name.startswith((f"{own}.", "fc.", "head.", "cls_head."))


def _either(names: list[str]) -> str:
    shown = [f"-M {name}" for name in names[:SHOWN]]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
