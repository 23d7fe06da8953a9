"""Find the shipped model config that a file of weights belongs to, by names and shapes of its parameters."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from pyvideoai.config.load import load_layer
from pyvideoai.config.lookup import Library, Names, default_roots
from pyvideoai.config.run.layer import Layer
from pyvideoai.errors import UserError, counted
from pyvideoai.models.settings import MODEL
from pyvideoai.models.stages import head
from pyvideoai.models.weights.containers import Content, read
from pyvideoai.models.weights.fit import fit
from pyvideoai.models.weights.report import LoadReport

SHOWN = 4
# of the files that we know
HEADS = ("fc.", "head.", "heads.", "classifier.", "cls_head.", "fc_norm.", "pooler.", "head_layernorm.")


def surplus(model: nn.Module, report: LoadReport) -> list[str]:
    """Return the file's parameters and buffers without a place in the network; those of the file's head don't count."""
    return [name for name in report.unexpected if not _is_of_head(name, head(model))]


def surplus_text(names: list[str], report: LoadReport) -> str:
    """Return one line about a file that has more than the network, with the configs that it may belong to."""
    likelier = likelier_configs(Path(report.source))
    advice = f"; likelier is {_either(likelier)}" if likelier else ""
    count = f"this network has no place for {counted(len(names), 'tensor')} of the file (such as {names[0]})"
    return f"{report.source}: {count}: it is of another one{advice}"


def doubts(extra: list[str], report: LoadReport, model: str, *, named: bool) -> list[str]:
    """Return why a file may not be for the network `model`: it has `extra` tensors, or another network's file name.

    named: whether the file is published for this network under a name.
    """
    found = [surplus_text(extra, report)] if extra else []
    if not named and not extra:
        found.append(name_note(Path(report.source), model))
    return [each for each in found if each]


def name_note(path: Path, model: str) -> str:
    """Return a line that names the configs for which a file of this name is published, "" if `model` is one of them.

    The name can tell networks apart that the content can't, such as an 8x8 and a 32x2 checkpoint.
    """
    owners = [name for name, layer in _shipped() if _published(layer, path)]
    if not owners or model in owners:
        return ""
    return f"a file of this name is published for {_either(owners)}, not for {model}"


def likelier_configs(path: Path) -> list[str]:
    """Return the shipped configs into which the whole file fits; if it was published for some of them, only those."""
    found = read(path)
    # Shapes are all that is compared: dozens of networks are tried without memory for one.
    shapes = Content(found.container, {name: tensor.to("meta") for name, tensor in found.tensors.items()})
    misfits = {name: (_misfits(layer, shapes), _published(layer, path)) for name, layer in _shipped()}
    whole = {name: (changed, published) for name, ((faults, changed), published) in misfits.items() if not faults}
    fewest = min((changed for changed, _ in whole.values()), default=0)
    best = [name for name, (changed, _) in whole.items() if changed == fewest]
    return [name for name in best if whole[name][1]] or sorted(best, key=len)


def _shipped() -> Iterator[tuple[str, Layer]]:
    """Yield the configs with published weights, with their names."""
    roots = default_roots()[-1:]
    for name in Library(roots, Names("", "", "")).known("model"):
        layer = load_layer(MODEL, name, roots=roots)
        if layer.weights:
            yield name, layer


def _published(layer: Layer, path: Path) -> bool:
    return any(each.file_name == path.name for each in layer.weights.values())


def _misfits(layer: Layer, shapes: Content) -> tuple[int, int]:
    """Return the number of tensors that don't fit (without the head's), and of those that are inflated or converted.

    Nothing fits a network that can't be built here, because the package that it comes from is missing.
    """
    try:
        with torch.device("meta"):
            # Any number of classes would do: heads don't count.
            model = layer.load_model(2)
    except UserError:
        return len(shapes.tensors), 0
    _, report = fit(model, shapes, "")
    names = [*report.missing, *report.unexpected, *(each.name for each in report.skipped)]
    return sum(not _is_of_head(name, head(model)) for name in names), len(report.inflated) + len(report.notes)


def _is_of_head(name: str, own: str) -> bool:
    return name.startswith((f"{own}.", *HEADS))


def _either(names: list[str]) -> str:
    shown = [f"-M {name}" for name in names[:SHOWN]]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
