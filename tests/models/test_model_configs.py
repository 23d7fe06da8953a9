"""Every config of the zoo: it says what is true, and its page is up to date."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
import torch
from packages import LONG, needs_package
from torch import nn

from pyvideoai.config.load import load
from pyvideoai.models.cost import cost
from pyvideoai.models.measured import read_measured
from pyvideoai.models.settings import MODEL
from pyvideoai.models.weights.table import Weights
from pyvideoai.models.zoo import Entry, describe, page, recipes

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
ZOO = sorted(path.stem for path in (ROOT / "model_configs").glob("*.py") if describe(path)[1])
SLOW = (*LONG, "mvit_", "swin3d_")
PARAMETERS = {
    "i3d_resnet50": 28_043_472,
    "i3dnonlocal_resnet50": 35_401_936,
    "i3dnonlocal_resnet50_mm32x2dot": 35_397_840,
    "i3dnonlocal_resnet50_mm32x2embedded": 35_397_840,
    "i3dnonlocal_resnet50_mm32x2gaussian": 31_723_728,
    "i3d_resnet50_mm32x2heavy": 33_024_208,
    # of PyTorchVideo's own networks
    "c2d_resnet50": 24_327_632,
    "csn_resnet101": 22_213_776,
    "r2plus1d_resnet50": 28_107_600,
    "slow_resnet50_8x8": 32_454_096,
    "slowfast_resnet50_4x16": 34_480_216,
    "slowfast_resnet50_8x8": 34_566_488,
    "slowfast_resnet101_8x8": 62_826_968,
    "slowfast_resnet101_16x8": 53_774_808,
    # and 48 for PySlowFast's norm after the first shortcut
    "x3d_s": 3_794_274 + 48,
    "x3d_l": 6_153_384 + 48,
}
PUBLISHED_GMACS = {  # as fvcore counts, at 224x224 and 256x256
    "i3d_resnet50": (28.54, 37.28),
    "i3dnonlocal_resnet50": (36.68, 49.10),
    "i3d_resnet50_mm32x2": (33.27, 43.46),
    "i3dnonlocal_resnet50_mm32x2dot": (44.49, 59.31),
    "i3dnonlocal_resnet50_mm32x2gaussian": (41.88, 56.49),
    "i3d_resnet50_mm32x2heavy": (127.3, 166.3),
}
GMACS_OF_PYTORCHVIDEO = {  # size, GMACs in docs/source/model_zoo.md, operations counted for each value of a batch norm
    "c2d_resnet50": (256, 25.89, 5),
    "csn_resnet101": (256, 75.62, 5),
    "r2plus1d_resnet50": (256, 76.45, 5),
    "slow_resnet50_4x16": (256, 27.55, 5),
    "slow_resnet50_8x8": (256, 54.52, 0),
    "slowfast_resnet50_4x16": (256, 36.69, 5),
    "slowfast_resnet50_8x8": (256, 65.71, 0),
    "slowfast_resnet101_8x8": (256, 127.20, 5),
    "slowfast_resnet101_16x8": (256, 215.61, 5),
    "x3d_xs": (182, 0.91, 5),
    "x3d_s": (182, 2.96, 5),
    "x3d_m": (256, 6.72, 5),
}
GMACS_OF_PYSLOWFAST = {"x3d_xs": 0.60, "x3d_s": 1.96, "x3d_m": 4.73, "x3d_l": 18.37}  # on the training crop


def config(name: str, *overrides: str):
    return load((MODEL,), dataset="", model=name, experiment="", overrides=overrides, roots=[ROOT]).model


def each(names: Iterable[str]):
    """Parametrise a test by `names`; the long networks are slow."""
    slow = pytest.mark.slow
    return pytest.mark.parametrize(
        "name", [pytest.param(name, marks=slow) if name.startswith(SLOW) else name for name in names]
    )


@cache
def counted(name: str, size: int):
    needs_package(name)
    loaded = config(name)
    return cost(lambda: loaded.load_model(400), (3, loaded.clip[0], size, size))


@each(ZOO)
def test_the_docstring_is_true(name: str):
    loaded, (_, facts) = config(name), describe(ROOT / "model_configs" / f"{name}.py")
    result = counted(name, loaded.size)
    assert facts["Clip"].startswith(f"{loaded.clip[0]} frames, stride {loaded.clip[1]}")
    assert facts["Parameters"] == f"{result.parameters / 1e6:.2f} M with 400 classes"
    assert facts["GMACs"].split(" at ")[0] == f"{result.gmacs:.1f}"
    for gmacs, size in re.findall(r", ([\d.]+) at (\d+)x", facts["GMACs"]):
        assert gmacs == f"{counted(name, int(size)).gmacs:.1f}"


@each(PARAMETERS)
def test_published_parameters(name: str):
    assert counted(name, config(name).size).parameters == PARAMETERS[name]


@each(PUBLISHED_GMACS)
def test_published_gmacs(name: str):
    for size, published in zip((224, 256), PUBLISHED_GMACS[name], strict=True):
        assert counted(name, size).gmacs == pytest.approx(published, rel=0.01)


@each(GMACS_OF_PYTORCHVIDEO)
def test_gmacs_of_pytorchvideo(name: str):
    size, published, for_each_value = GMACS_OF_PYTORCHVIDEO[name]
    norms = for_each_value * values_of_norms(name, size) / 1e9
    assert counted(name, size).gmacs + norms == pytest.approx(published, abs=0.01)


@each(GMACS_OF_PYSLOWFAST)
def test_gmacs_of_pyslowfast(name: str):
    assert counted(name, config(name).size).gmacs == pytest.approx(GMACS_OF_PYSLOWFAST[name], abs=0.006)


def values_of_norms(name: str, size: int) -> int:
    """How many values all batch norms pass in one forward pass of one clip."""
    loaded, seen = config(name), []
    with torch.device("meta"), torch.no_grad():
        model, clips = loaded.load_model(400).eval(), torch.empty(1, 3, loaded.clip[0], size, size)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm3d):
                module.register_forward_hook(lambda module, inputs, output: seen.append(output.numel()))
        model(clips)
    return sum(seen)


@each(ZOO)
def test_the_number_of_classes(name: str):
    loaded = config(name)
    needs_package(name)
    with torch.device("meta"):
        model, clips = loaded.load_model(51), torch.empty(1, 3, loaded.clip[0], loaded.size, loaded.size)
        assert model.eval()(clips).shape == (1, 51)


@pytest.mark.parametrize("name", ZOO)
def test_dropout_is_the_configured_one(name: str):
    if "dropout" not in (ROOT / "model_configs" / f"{name}.py").read_text():
        pytest.skip("this network has none")
    needs_package(name)
    with torch.device("meta"):
        model = config(name, "model.dropout=0.37").load_model(5)
    assert 0.37 in [module.p for module in model.modules() if isinstance(module, nn.Dropout)]


@pytest.mark.parametrize("name", [name for name in ZOO if name.startswith("i3d")])
def test_width_is_the_configured_one(name: str):
    with torch.device("meta"):
        assert config(name, "model.width=8").load_model(5).conv1.out_channels == 8


def test_weights_are_named_once_and_have_a_licence():
    for name in ZOO:
        for weights in config(name).weights.values():
            assert isinstance(weights, Weights)
            assert weights.licence and weights.url.startswith("https://")
            assert weights.sha256 in weights.file_name
            not_commercial = any(owner in weights.url for owner in ("/video-nonlocal/", "/MCG-NJU/videomae-"))
            assert not_commercial == (weights.licence == "CC-BY-NC 4.0")


def test_the_page_of_the_zoo_is_up_to_date():
    folder = ROOT / "exp_configs" / "kinetics400"
    entries = [
        Entry(name, *describe(ROOT / "model_configs" / f"{name}.py"), config(name).weights, recipes(name, folder))
        for name in ZOO
    ]
    made = page(entries, read_measured(ROOT / "docs" / "MODEL_ZOO.csv"))
    assert (ROOT / "docs" / "MODEL_ZOO.md").read_text() == made, "tools/model_table.py --zoo docs/MODEL_ZOO.md"
