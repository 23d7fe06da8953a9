"""Every config of the zoo: it says what is true, and its page is up to date."""

from functools import cache
from pathlib import Path

import pytest
import torch
from packages import needs_package
from torch import nn

from pyvideoai.config.load import load
from pyvideoai.models.cost import cost
from pyvideoai.models.settings import MODEL
from pyvideoai.models.weights.table import Weights
from pyvideoai.models.zoo import Entry, describe, page, recipes

ROOT = Path(__file__).parents[2]
ZOO = sorted(path.stem for path in (ROOT / "model_configs").glob("*.py") if describe(path)[1])
PARAMETERS = {
    "i3d_resnet50": 28_043_472,
    "i3dnonlocal_resnet50": 35_401_936,
    "i3dnonlocal_resnet50_mm32x2dot": 35_397_840,
    "i3dnonlocal_resnet50_mm32x2embedded": 35_397_840,
    "i3dnonlocal_resnet50_mm32x2gaussian": 31_723_728,
    "i3d_resnet50_mm32x2heavy": 33_024_208,
}
PUBLISHED_GMACS = {  # as fvcore counts, at 224x224 and 256x256
    "i3d_resnet50": (28.54, 37.28),
    "i3dnonlocal_resnet50": (36.68, 49.10),
    "i3d_resnet50_mm32x2": (33.27, 43.46),
    "i3dnonlocal_resnet50_mm32x2dot": (44.49, 59.31),
    "i3dnonlocal_resnet50_mm32x2gaussian": (41.88, 56.49),
    "i3d_resnet50_mm32x2heavy": (127.3, 166.3),
}


def config(name: str, *overrides: str):
    return load((MODEL,), dataset="", model=name, experiment="", overrides=overrides, roots=[ROOT]).model


@cache
def counted(name: str, size: int):
    needs_package(name)
    loaded = config(name)
    return cost(lambda: loaded.load_model(400), (3, loaded.clip[0], size, size))


@pytest.mark.parametrize("name", ZOO)
def test_the_docstring_is_true(name: str):
    loaded, (_, facts) = config(name), describe(ROOT / "model_configs" / f"{name}.py")
    result = counted(name, loaded.size)
    assert facts["Clip"].startswith(f"{loaded.clip[0]} frames, stride {loaded.clip[1]}")
    assert facts["Parameters"] == f"{result.parameters / 1e6:.2f} M with 400 classes"
    assert facts["GMACs"].split(" at ")[0] == f"{result.gmacs:.1f}"
    if "256x256" in facts["GMACs"]:
        assert f", {counted(name, 256).gmacs:.1f} at 256x256" in facts["GMACs"]


@pytest.mark.parametrize("name", PARAMETERS)
def test_published_parameters(name: str):
    assert counted(name, 224).parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", PUBLISHED_GMACS)
def test_published_gmacs(name: str):
    for size, published in zip((224, 256), PUBLISHED_GMACS[name], strict=True):
        assert counted(name, size).gmacs == pytest.approx(published, rel=0.01)


@pytest.mark.parametrize("name", ZOO)
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
            assert ("video-nonlocal" in weights.url) == weights.licence.startswith("CC-BY-NC")


def test_the_page_of_the_zoo_is_up_to_date():
    folder = ROOT / "exp_configs" / "kinetics400"
    entries = [
        Entry(name, *describe(ROOT / "model_configs" / f"{name}.py"), config(name).weights, recipes(name, folder))
        for name in ZOO
    ]
    assert (ROOT / "docs" / "MODEL_ZOO.md").read_text() == page(entries), "tools/model_table.py --zoo docs/MODEL_ZOO.md"
