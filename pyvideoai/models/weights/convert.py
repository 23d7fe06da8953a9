"""Convert weights of another framework to files with our names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pyvideoai.errors import UserError
from pyvideoai.files import replacing
from pyvideoai.models.weights import safetensors
from pyvideoai.models.weights.containers import read
from pyvideoai.models.weights.find import find
from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.names import rename
from pyvideoai.models.weights.report import LoadReport
from pyvideoai.models.weights.table import Weights

_DEFAULT_CLASSES = 400


def convert(
    source: str | Path,
    out: Path,
    load_model: Callable[[int], nn.Module],
    *,
    table: Mapping[str, Weights],
    classes: int | None = None,
    offline: bool = False,
    min_share: float = 0.5,
) -> LoadReport:
    """Load `source` into the network of `load_model` and write it to `out`, a `.pth` or a `.safetensors` file.

    classes: of the network; None: as many as the file's head has. Raises UserError.
    """
    if out.suffix not in (".pth", ".safetensors"):
        raise UserError(f"{out}: the output's suffix is {out.suffix!r}; allowed: .pth, .safetensors")
    path = find(source, table, offline=offline).path
    model = load_model(classes or _classes(path))
    report = load_weights(model, source, table=table, offline=offline, min_share=min_share)
    _write(out, {name: tensor.contiguous() for name, tensor in model.state_dict().items()}, report)
    return report


def _classes(path: Path) -> int:
    tensors = read(path).tensors
    # A head has a row of weights for each class.
    heads = [theirs for theirs, ours in rename(tensors).ours.items() if ours == "fc.weight"]
    return len(tensors[heads[0]]) if heads else _DEFAULT_CLASSES


def _write(out: Path, state: dict[str, Any], report: LoadReport) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    origin = {"source": report.source, "framework": report.framework, "licence": report.licence}
    if out.suffix == ".safetensors":
        return safetensors.write(out, state, origin)
    with replacing(out) as temporary:
        torch.save({"model": state, "converted": origin}, temporary)
