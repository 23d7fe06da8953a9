"""Loading: what fits is loaded, what does not is named, and a file for another network is refused."""

import json
import pickle
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn

from pyvideoai.errors import UserError
from pyvideoai.models.affine import Affine
from pyvideoai.models.i3d import FIVE_PLACES, I3D
from pyvideoai.models.nonlocal_block import NonLocal
from pyvideoai.models.weights.fit import fit_shape
from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.names import rename

NLN = {"nonlocal_blocks": dict.fromkeys(FIVE_PLACES, NonLocal)}
AFFINE = {
    "norm": Affine,
    "zero_init": False,
    "nonlocal_blocks": dict.fromkeys(FIVE_PLACES, partial(NonLocal, norm=None)),
}


def tiny(classes: int = 7, **options) -> I3D:
    """A network whose every number counts, statistics too."""
    model = I3D(classes, width=4, **options)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            nn.init.uniform_(tensor, 0.5, 1.5) if "var" in name else nn.init.normal_(tensor, std=0.2)
    return model.eval()


def save(path: Path, model: nn.Module | Mapping[str, Tensor]) -> Path:
    torch.save({"model": model.state_dict() if isinstance(model, nn.Module) else model}, path)
    return path


def same(first: nn.Module, second: nn.Module, but: str = "nothing") -> bool:
    theirs = second.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in first.state_dict().items() if but not in name)


def outputs(model: nn.Module) -> Tensor:
    with torch.no_grad():
        return model(torch.randn(1, 3, 4, 32, 32, generator=torch.Generator().manual_seed(0)))


def test_our_own(tmp_path: Path):
    source, target = tiny(), tiny()
    report = load_weights(target, save(tmp_path / "x.pth", source))
    assert same(source, target)
    assert (report.share, report.skipped, report.missing, report.unexpected) == (1.0, [], [], [])


@pytest.mark.parametrize("name", ["best.pth", "last.pth"])
def test_an_experiment_folder(tmp_path: Path, name: str):
    (tmp_path / "weights").mkdir()
    source, target = tiny(), tiny()
    save(tmp_path / "weights" / name, source)
    load_weights(target, tmp_path)
    assert same(source, target)


def test_best_goes_before_last(tmp_path: Path):
    (tmp_path / "weights").mkdir()
    best, target = tiny(), tiny()
    save(tmp_path / "weights" / "best.pth", best)
    save(tmp_path / "weights" / "last.pth", tiny())
    load_weights(target, str(tmp_path))
    assert same(best, target)


def test_another_number_of_classes_skips_exactly_the_head(tmp_path: Path):
    source, target = tiny(400), tiny(51)
    head = target.fc.weight.clone()
    report = load_weights(target, save(tmp_path / "x.pth", source))
    assert same(target, source, but="fc.")
    assert torch.equal(target.fc.weight, head)
    assert [str(each) for each in report.skipped] == ["fc.weight (400, 128) for (51, 128)", "fc.bias (400,) for (51,)"]
    assert "skipped     fc.weight (400, 128) for (51, 128), fc.bias (400,) for (51,)" in report.text()


def test_a_file_without_nonlocal_blocks_leaves_them(tmp_path: Path):
    report = load_weights(tiny(**NLN), save(tmp_path / "x.pth", tiny()))
    assert report.missing and all(".nl." in name for name in report.missing)
    assert " more" in report.text()


def test_a_file_with_nonlocal_blocks_names_them_unexpected(tmp_path: Path):
    report = load_weights(tiny(), save(tmp_path / "x.pth", tiny(**NLN)))
    assert report.share == 1.0
    assert len(report.unexpected) == 5 * (8 + 5)
    assert all(".nl." in name for name in report.unexpected)


def test_a_smaller_network_is_refused_and_nothing_changes(tmp_path: Path):
    path, target = save(tmp_path / "x.pth", tiny(depth=18)), tiny()
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    with pytest.raises(UserError) as raised:
        load_weights(target, path)
    assert str(raised.value).startswith(f"{path}: fills ")
    assert "% of the network's values, and min_loaded_share is 50 %: " in str(raised.value)
    assert "\n" not in str(raised.value)
    assert all(torch.equal(tensor, before[name]) for name, tensor in target.state_dict().items())


def test_the_share_may_be_set(tmp_path: Path):
    path = save(tmp_path / "x.pth", tiny(depth=18))
    assert 0 < load_weights(tiny(), path, min_share=0.0).share < 0.5


def test_a_framework_that_we_do_not_know_is_refused(tmp_path: Path):
    path = save(tmp_path / "x.pth", {"encoder.blocks.0.attn.qkv.weight": torch.zeros(3, 3)})
    with pytest.raises(UserError, match=r"fills 0.0 %.*unexpected \(such as encoder.blocks.0.attn.qkv.weight\)"):
        load_weights(tiny(), path)


def test_the_report_is_plain_data(tmp_path: Path):
    report = load_weights(tiny(5), save(tmp_path / "x.pth", tiny(**NLN)))
    assert json.loads(json.dumps(report.as_dict()))["skipped"][0]["in_file"] == [7, 128]


def test_half_precision_files_become_float32(tmp_path: Path):
    source, target = tiny(), tiny()
    half = {name: tensor.half() for name, tensor in source.state_dict().items()}
    load_weights(target, save(tmp_path / "x.pth", half))
    assert target.conv1.weight.dtype == torch.float32
    assert torch.equal(target.conv1.weight, source.conv1.weight.half().float())


@pytest.mark.parametrize("dimensions", [4, 5])
def test_a_2d_resnet_is_inflated(tmp_path: Path, dimensions: int):
    still = torchvision.models.resnet18().state_dict()
    given = {name: tensor.unsqueeze(2) if tensor.dim() == dimensions - 1 else tensor for name, tensor in still.items()}
    model = I3D(51, depth=18)
    report = load_weights(model, save(tmp_path / "x.pth", given))
    assert [each.name for each in report.skipped] == ["fc.weight", "fc.bias"]
    assert not report.missing and not report.unexpected
    assert torch.allclose(model.conv1.weight.sum(2), still["conv1.weight"], atol=1e-6)
    assert torch.equal(model.layer2[0].conv1.weight[:, :, 1], still["layer2.0.conv1.weight"] / 3)
    assert report.inflated == ["conv1.weight", *(f"layer{n}.{i}.conv1.weight" for n, i in _three_frames(model))]
    assert f"inflated from 2-D: {len(report.inflated)} kernels" in report.text()


def _three_frames(model: I3D) -> list[tuple[int, int]]:
    layers = {number: model.get_submodule(f"layer{number}") for number in range(1, 5)}
    return [(n, i) for n, layer in layers.items() for i, block in enumerate(layer) if block.conv1.kernel_size[0] == 3]


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [
        ((4, 3, 7, 7), (4, 3, 5, 7, 7), True),
        ((4, 3, 1, 7, 7), (4, 3, 5, 7, 7), True),
        ((4, 3, 7, 7), (4, 3, 1, 7, 7), True),
        ((4, 3, 3, 7, 7), (4, 3, 5, 7, 7), False),
        ((4, 3, 3, 3), (4, 3, 3, 1, 1), False),
        ((9, 8, 1, 1, 1), (9, 8), True),
        ((9, 8), (9, 8, 1, 1, 1), True),
        ((9, 8), (8, 9), False),
    ],
)
def test_shapes(given: tuple, wanted: tuple, fits: bool):
    fitted = fit_shape(torch.ones(given), torch.Size(wanted))
    assert (fitted is not None) == fits
    if fits:
        assert fitted.shape == wanted


def caffe2_names(model: nn.Module) -> dict[str, np.ndarray]:
    """The network as an affine Caffe2 file has it: only scales and shifts of its norms."""
    ours = {name: _caffe2_name(name) for name in model.state_dict()}
    blobs = {ours[name]: tensor.numpy() for name, tensor in model.state_dict().items()}
    assert list(rename(blobs).ours.values()) == list(ours)
    return blobs


def _caffe2_name(name: str) -> str:
    *places, module, leaf = name.split(".")
    short = {"weight": "s" if "bn" in name or "downsample.1" in name else "w", "bias": "b"}[leaf]
    if not places:
        return {"conv1": "conv1", "bn1": "res_conv1_bn", "fc": "pred"}[module] + f"_{short}"
    stage, block = int(places[0].removeprefix("layer")) + 1, places[1]
    if "nl" in places:
        return f"nonlocal_conv{stage}_{block}_{module}_{short}"
    if "downsample" in places:
        return f"res{stage}_{block}_branch1_{'bn_' if module == '1' else ''}{short}"
    return f"res{stage}_{block}_branch2{'abc'[int(module[-1]) - 1]}_{'bn_' if 'bn' in module else ''}{short}"


@pytest.fixture
def affine_file(tmp_path: Path) -> tuple[I3D, Path]:
    model = tiny(**AFFINE)
    path = tmp_path / "affine.pkl"
    path.write_bytes(pickle.dumps({"blobs": caffe2_names(model)}, protocol=2))
    return model, path


def test_an_affine_file_in_an_affine_network(affine_file: tuple[I3D, Path]):
    source, path = affine_file
    target = tiny(**AFFINE)
    report = load_weights(target, path)
    assert report.framework == "Caffe2"
    assert same(source, target)


def test_an_affine_file_in_a_network_with_batch_norm(affine_file: tuple[I3D, Path]):
    source, path = affine_file
    target = tiny(nonlocal_blocks=AFFINE["nonlocal_blocks"])
    report = load_weights(target, path)
    assert (report.missing, report.unexpected) == ([], [])
    assert "affine file: batch norm is set to compute its scale and shift" in report.text()
    assert torch.allclose(outputs(target), outputs(source), rtol=1e-5, atol=1e-5)


def test_a_file_with_batch_norm_in_an_affine_network(tmp_path: Path):
    source = tiny(nonlocal_blocks=AFFINE["nonlocal_blocks"])
    target = tiny(**AFFINE)
    report = load_weights(target, save(tmp_path / "x.pth", source))
    assert (report.missing, report.unexpected) == ([], [])
    assert torch.allclose(outputs(target), outputs(source), rtol=1e-4, atol=1e-5)


def test_a_head_kept_as_a_convolution(affine_file: tuple[I3D, Path]):
    source, path = affine_file
    blobs = caffe2_names(source)
    blobs["pred_w"] = blobs["pred_w"].reshape(7, -1, 1, 1, 1)
    path.write_bytes(pickle.dumps({"blobs": blobs}, protocol=2))
    target = tiny(**AFFINE)
    load_weights(target, path)
    assert same(source, target)


def test_training_state_is_counted_and_not_loaded(affine_file: tuple[I3D, Path]):
    source, path = affine_file
    blobs = caffe2_names(source) | {"conv1_w_momentum": np.zeros(3), "lr": np.float32(0.1), "model_iter": 400000}
    path.write_bytes(pickle.dumps(blobs, protocol=1))
    report = load_weights(tiny(**AFFINE), path)
    assert report.training_state == 1  # numbers are no tensors; momenta are
    assert report.unexpected == []
