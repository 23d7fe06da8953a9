"""The peers' checkpoints through our loader into our model configs: every number that the peers' own code computed."""

import statistics
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import peer_checkpoints as peers
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.names import rename

CONFIGS = {
    "slowfast_i3d": "i3d_resnet50",
    "slowfast_i3d_nln": "i3dnonlocal_resnet50",
    "pytorchvideo_i3d": "i3d_resnet50",
    "mmaction_i3d_r50": "i3d_resnet50_mm32x2",
    "mmaction_i3d_heavy": "i3d_resnet50_mm32x2heavy",
    "mmaction_i3d_nl_dot": "i3dnonlocal_resnet50_mm32x2dot",
    "mmaction_i3d_nl_emb": "i3dnonlocal_resnet50_mm32x2embedded",
    "mmaction_i3d_nl_gauss": "i3dnonlocal_resnet50_mm32x2gaussian",
    "caffe2_i3d": "i3d_resnet50",
    "caffe2_i3d, resnet_video": "i3d_resnet50_vnl8x8",
    "caffe2_i3d, resnet_video_org": "i3d_resnet50_vnl32x2",
    "caffe2_nln": "i3dnonlocal_resnet50",
    "caffe2_nln, resnet_video": "i3dnonlocal_resnet50_vnl8x8",
    "caffe2_nln, resnet_video_org": "i3dnonlocal_resnet50_vnl32x2",
    "caffe2_nln_affine, resnet_video, affine": "i3dnonlocal_resnet50_vnl32x4affine",
}
STAGES = {
    "stem": "pool1", "layer1": "layer1", "pool2": "pool2", "layer2": "layer2", "layer3": "layer3", "layer4": "layer4",
    "s1": "pool1", "s2": "layer1", "pool": "pool2", "s3": "layer2", "s4": "layer3", "s5": "layer4",
}  # fmt: skip
OUTPUT, LOSS, GRADIENT = 2e-5, 1e-4, 1e-3  # relative: to the largest output, to the loss, to each gradient's norm
NEGLIGIBLE = 1e-5  # of the largest gradient norm

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("two_threads")]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory, model_config):
    """The network of a config with the weights of a case; only the latest file and network are kept."""
    folder = tmp_path_factory.mktemp("peers")

    @lru_cache(maxsize=1)
    def file(name: str) -> Path:
        return peers.write(name, folder / "checkpoint")

    @lru_cache(maxsize=1)
    def load(name: str, config: str) -> nn.Module:
        model = model_config(config)["load_model"](400)
        report = load_weights(model, file(name), min_share=1.0)
        assert not (report.skipped or report.missing or report.unexpected)
        return model

    return load


@pytest.mark.parametrize(("name", "key"), [(name, key) for name in peers.CASES for key in peers.case(name)["expected"]])
def test_peer(loaded, name: str, key: str):
    expected = peers.case(name)["expected"][key]
    config = CONFIGS[f"{name}, {expected['network']}" if "network" in expected else name]
    if "loss" in expected:
        _check_training_step(loaded(name, config), expected)
        loaded.cache_clear()
    else:
        _check_evaluation(loaded(name, config), expected)


def _check_evaluation(model: nn.Module, expected: dict) -> None:
    seen = _watch(model.eval(), expected.get("stages", {}))
    with torch.no_grad():
        logits = model(peers.draw_input(expected["input"]))
    by_position = logits if logits.dim() == 3 else logits.unsqueeze(1)
    if "logits" in expected:
        assert by_position.numel() == len(expected["logits"]["values"])
        assert _difference(by_position, expected["logits"]) < OUTPUT
    if "scores" in expected:
        assert _difference(by_position.softmax(2).mean(1), expected["scores"]) < OUTPUT
    for stage, statistic in expected.get("stages", {}).items():
        assert list(seen[stage].shape) == statistic["shape"]
        assert seen[stage].mean().item() == pytest.approx(statistic["mean"], rel=OUTPUT)
        assert seen[stage].std().item() == pytest.approx(statistic["std"], rel=OUTPUT)


class Step(NamedTuple):
    """One training step: logits, loss, and each parameter's gradient norm by its own name."""

    logits: Tensor
    loss: float
    norms: dict[str, float]


def _check_training_step(model: nn.Module, expected: dict) -> None:
    step = _step(model, expected, torch.contiguous_format)
    ours = rename(expected["grad_norm"]).ours
    theirs = {ours[name]: norm for name, norm in expected["grad_norm"].items()}
    assert theirs.keys() == step.norms.keys()
    _check_zeros(step, theirs)
    errors = {name: abs(step.norms[name] / norm - 1) for name, norm in theirs.items()}
    assert step.loss == pytest.approx(expected["loss"], rel=LOSS)
    if _difference(step.logits, expected["logits"]) > OUTPUT or max(errors.values()) > GRADIENT:
        _check_against_noise(errors, step, _step(model, expected, torch.channels_last_3d))


def _check_zeros(step: Step, theirs: dict[str, float]) -> None:
    """Take out of `theirs` the biases without a gradient but for rounding: batch norm or a softmax undoes them."""
    bound = NEGLIGIBLE * max(theirs.values())
    for name in [name for name, norm in theirs.items() if norm < bound]:
        assert ".nl." in name and name.endswith(".bias")
        assert step.norms[name] < bound
        del theirs[name]


def _check_against_noise(errors: dict[str, float], step: Step, again: Step) -> None:
    """A processor that sums in another order than the peer's flips some ReLUs, and so does another memory layout here:
    the peer must be no further from us than we are from ourselves."""
    noise = {name: abs(again.norms[name] / step.norms[name] - 1) for name in errors}
    assert statistics.median(errors.values()) < 3 * statistics.median(noise.values()) + 1e-5
    assert max(errors.values()) < 5 * max(noise.values())


def _step(model: nn.Module, expected: dict, layout: torch.memory_format) -> Step:
    model = model.train().to(memory_format=layout)
    model.dropout.p = 0.0
    model.zero_grad()
    logits = model(peers.draw_input(expected["input"]).to(memory_format=layout))
    loss = F.cross_entropy(logits, torch.tensor(expected["labels"]))
    loss.backward()
    norms = {name: parameter.grad.norm().item() for name, parameter in model.named_parameters()}
    return Step(logits.detach(), loss.item(), norms)


def _watch(model: nn.Module, stages: dict) -> dict[str, Tensor]:
    seen: dict[str, Tensor] = {}
    for stage in stages:
        keep = partial(_keep, seen, stage)
        model.get_submodule(STAGES[stage]).register_forward_hook(keep)
    return seen


def _keep(seen: dict[str, Tensor], stage: str, _module: nn.Module, _inputs: tuple, output: Tensor) -> None:
    seen[stage] = output


def _difference(ours: Tensor, theirs: dict) -> float:
    values = torch.tensor(theirs["values"], dtype=torch.float64)
    return float((ours.double().flatten() - values).abs().max() / values.abs().max())
