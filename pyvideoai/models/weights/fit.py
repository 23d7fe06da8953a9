"""Fit a file's tensors to a network: by name and shape; 2-D kernels are inflated, batch norm and affine converted."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from pyvideoai.models.affine import Affine
from pyvideoai.models.weights.containers import Content
from pyvideoai.models.weights.names import rename
from pyvideoai.models.weights.report import LoadReport, Skipped

_PUBLISHED_EPS = 1e-5  # of batch norm in every published I3D


def fit(model: nn.Module, content: Content, source: str) -> tuple[dict[str, Tensor], LoadReport]:
    """Return the part of `model`'s state dict that `content` fills, and the report. Changes nothing."""
    own = model.state_dict()
    renamed = rename(content.tensors, own)
    given = {ours: content.tensors[theirs] for theirs, ours in renamed.ours.items()}
    report = LoadReport(
        source,
        content.container,
        renamed.framework,
        training_state=len(renamed.training_state),
        classes=content.classes,
    )
    for fitted in (_fit_norms, _fit_shortcuts):
        given, note = fitted(model, given)
        report.notes += [note] * bool(note)
    state = _match(own, given, report)
    theirs = {ours: name for name, ours in renamed.ours.items()}
    report.unexpected = [theirs.get(name, name) for name in given if name not in own]
    report.share = _values(own, report.matched) / max(1, _values(own, own))
    if report.inflated:
        report.notes.append(f"inflated from 2-D: {len(report.inflated)} kernels, each repeated in time and divided")
    return state, report


def _match(own: Mapping[str, Tensor], given: Mapping[str, Tensor], report: LoadReport) -> dict[str, Tensor]:
    state = {}
    for name, wanted in own.items():
        if name not in given:
            report.missing += [name] * _counts(name)
        elif (tensor := fit_shape(given[name], wanted.shape)) is None:
            report.skipped.append(Skipped(name, tuple(given[name].shape), tuple(wanted.shape)))
        else:
            state[name] = tensor
            report.matched += [name] * _counts(name)
            report.inflated += [name] * (tensor.numel() > given[name].numel())
    return state


def _counts(name: str) -> bool:
    """Leave out `num_batches_tracked`: it has no effect in evaluation, and Caffe2's files don't have it."""
    return not name.endswith("num_batches_tracked")


def _values(own: Mapping[str, Tensor], names) -> int:
    return sum(own[name].numel() for name in names if _counts(name))


def fit_shape(tensor: Tensor, shape: torch.Size) -> Tensor | None:
    """Return `tensor` in `shape`: unchanged, with dimensions of 1 added or removed at the end, or inflated. Else None.

    Inflation (Carreira and Zisserman, CVPR 2017): a 2-D kernel, (O, I, H, W) or (O, I, 1, H, W), is repeated in time
    and divided by the number of repetitions, so that a still video gives what its frame gave.
    """
    if tensor.dim() == 4 and len(shape) == 5:
        tensor = tensor.unsqueeze(2)
    if tensor.dim() == len(shape) == 5 and tensor.shape[2] == 1 and _without_time(tensor.shape) == _without_time(shape):
        return tensor.expand(shape) / shape[2]
    return tensor.reshape(shape) if _squeezed(tensor.shape) == _squeezed(shape) else None


def _without_time(shape: torch.Size) -> tuple[int, ...]:
    return (*shape[:2], *shape[3:])


def _squeezed(shape: torch.Size) -> tuple[int, ...]:
    sizes = list(shape)
    while sizes and sizes[-1] == 1:
        sizes.pop()
    return tuple(sizes)


def _fit_norms(model: nn.Module, given: dict[str, Tensor]) -> tuple[dict[str, Tensor], str]:
    """Convert an affine file for a network with batch norm, or the reverse, so that both compute the same."""
    statistics = {name.removesuffix(".running_var") for name in given if name.endswith(".running_var")}
    kinds = {name: module for name, module in model.named_modules() if f"{name}.weight" in given}
    norms = {name: module for name, module in kinds.items() if isinstance(module, nn.BatchNorm3d)}
    affines = [name for name, module in kinds.items() if isinstance(module, Affine) and name in statistics]
    # An affine file has scale and shift under the names of a norm's weight and bias, and no statistics.
    if norms and not statistics:
        return given | _as_batch_norm(norms), "affine file: batch norm is set to compute its scale and shift"
    if affines:
        return _as_affine(affines, given), "batch norm of the file folded into the network's fixed scale and shift"
    return given, ""


def _fit_shortcuts(model: nn.Module, given: dict[str, Tensor]) -> tuple[dict[str, Tensor], str]:
    """Let a norm pass everything through if the file has the shortcut's convolution before it and no norm after that.

    PyTorchVideo's X3D has no norm on the first shortcut, PySlowFast's has one.
    """
    shortcuts = {
        name: module
        for name, module in model.named_modules()
        if name.endswith("downsample.1") and isinstance(module, nn.BatchNorm3d)
    }
    bare = {
        name: module
        for name, module in shortcuts.items()
        if f"{name}.weight" not in given and f"{name.removesuffix('1')}0.weight" in given
    }
    if not bare:
        return given, ""
    passing = {f"{name}.weight": torch.ones_like(module.running_mean) for name, module in bare.items()}
    passing |= {f"{name}.bias": torch.zeros_like(module.running_mean) for name, module in bare.items()}
    return given | passing | _as_batch_norm(bare), f"no norm after {', '.join(bare)} in the file: ours changes nothing"


def _as_batch_norm(norms: Mapping[str, nn.BatchNorm3d]) -> dict[str, Tensor]:
    """Return statistics with which batch norm computes weight * x + bias."""
    statistics = {}
    for name, norm in norms.items():
        statistics[f"{name}.running_mean"] = torch.zeros_like(norm.running_mean)
        # Batch norm divides by sqrt(variance + eps), which is then 1.
        statistics[f"{name}.running_var"] = torch.full_like(norm.running_var, 1 - norm.eps)
    return statistics


def _as_affine(affines: list[str], given: dict[str, Tensor]) -> dict[str, Tensor]:
    folded = dict(given)
    for name in affines:
        mean, variance = (folded.pop(f"{name}.running_{kind}").double() for kind in ("mean", "var"))
        folded.pop(f"{name}.num_batches_tracked", None)
        # weight * (x - mean) / sqrt(variance + eps) + bias = scale * x + (bias - mean * scale); float64, rounded once
        # at the end.
        scale = given[f"{name}.weight"].double() / (variance + _PUBLISHED_EPS).sqrt()
        folded[f"{name}.weight"] = scale.float()
        folded[f"{name}.bias"] = (given[f"{name}.bias"].double() - mean * scale).float()
    return folded
