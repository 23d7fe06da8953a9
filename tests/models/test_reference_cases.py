"""The peers' checkpoints through our loader into our model configs: every number that the peers' own code computed."""

import json
import statistics
from functools import lru_cache, partial
from pathlib import Path

import peer_checkpoints as peers
import pytest
import torch
import training_steps
from torch import Tensor, nn
from training_steps import difference, errors, take_step

from pyvideoai.models.i3d import FIVE_PLACES
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
    "mmaction_tsn_r50": "tsn_resnet50",
    "mmaction_tsm_r50": "tsm_resnet50",
    "mmaction_trn_r50": "trn_resnet50",
    "mmaction_mtrn_r50": "mtrn_resnet50",
    "pytorchvideo_c2d": "c2d_resnet50",
    "pytorchvideo_csn": "csn_resnet101",
    "pytorchvideo_r2plus1d": "r2plus1d_resnet50",
    "pytorchvideo_slow": "slow_resnet50_8x8",
    "pytorchvideo_slowfast": "slowfast_resnet50_8x8",
    "pytorchvideo_slowfast_r101": "slowfast_resnet101_8x8",
    "pytorchvideo_x3d_l": "x3d_l",
    "pytorchvideo_x3d_s": "x3d_s",
    "slowfast_slowfast_4x16": "slowfast_resnet50_4x16",
    "slowfast_x3d_m": "x3d_m",
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
OUTPUT = 2e-5  # of the largest output, mean or deviation; 1.7e-6 to 4e-6 on any processor and with any threads
MULTIPLE = 16  # of float32's own error; 8.4 at most was measured with SSE4.1, AVX2 and AVX-512, 1 to 4 threads
RESIDUE = 1e-4  # of the sum of absolute values that add up to zero; measured: 5e-6
EXACT = json.loads(training_steps.EXACT.read_text())

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
        _check_training_step(loaded(name, config), name, expected)
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
        assert difference(by_position, torch.tensor(expected["logits"]["values"])) < OUTPUT
    if "scores" in expected:
        scores = by_position.softmax(2).mean(1)
        assert difference(scores, torch.tensor(expected["scores"]["values"])) < OUTPUT
    for stage, statistic in expected.get("stages", {}).items():
        assert list(seen[stage].shape) == statistic["shape"]
        assert seen[stage].mean().item() == pytest.approx(statistic["mean"], rel=OUTPUT)
        assert seen[stage].std().item() == pytest.approx(statistic["std"], rel=OUTPUT)


def _check_training_step(model: nn.Module, name: str, expected: dict) -> None:
    """Ours and the peer's are held against float64: both within a multiple of float32's own error there."""
    exact, step = EXACT[name], take_step(model, expected)
    ours = rename(expected["grad_norm"]).ours
    theirs = {ours[each]: norm for each, norm in expected["grad_norm"].items()}
    assert theirs.keys() == step.norms.keys() == exact["norms"].keys()
    for norms in (step.norms, theirs):
        _check_gradients(norms, step.added, exact)
    logits = torch.tensor(expected["logits"]["values"], dtype=torch.float64)
    apart = 2 * MULTIPLE * exact["float32"]["logits"]  # each is so far from float64 at most
    assert difference(step.logits, logits) < apart
    for loss in (step.loss, expected["loss"]):  # changes by twice the largest change of a logit at most
        assert abs(loss - exact["loss"]) < 2 * apart * logits.abs().max()


def _check_gradients(norms: dict[str, float], added: dict[str, float], exact: dict) -> None:
    off = errors(norms, exact["norms"])
    assert max(off) < MULTIPLE * exact["float32"]["largest"]
    assert statistics.median(off) < MULTIPLE * exact["float32"]["median"]
    for name in [each for each, norm in exact["norms"].items() if not norm]:
        assert norms[name] < RESIDUE * added[name], name


@pytest.mark.parametrize("name", EXACT)
def test_gradients_that_are_zero_are_biases_that_batch_norm_or_a_softmax_undoes(name: str):
    """A shift of all keys or values of a softmax, or of a batch norm's input, changes nothing that comes after."""
    undone = {"slowfast_i3d_nln": {"phi", "g", "out"}, "mmaction_i3d_nl_emb": {"phi", "g"}}
    undone |= {"mmaction_i3d_nl_gauss": {"g"}, "mmaction_i3d_nl_dot": set()}
    expected = {f"{place}.nl.{part}.bias" for place in FIVE_PLACES for part in undone.get(name, ())}
    expected |= {"layer3.5.nl.bn.bias"} if name in undone else set()  # the next layers are 1x1x1 with batch norm
    assert {each for each, norm in EXACT[name]["norms"].items() if not norm} == expected


def _watch(model: nn.Module, stages: dict) -> dict[str, Tensor]:
    seen: dict[str, Tensor] = {}
    for stage in stages:
        keep = partial(_keep, seen, stage)
        model.get_submodule(STAGES[stage]).register_forward_hook(keep)
    return seen


def _keep(seen: dict[str, Tensor], stage: str, _module: nn.Module, _inputs: tuple, output: Tensor) -> None:
    seen[stage] = output
