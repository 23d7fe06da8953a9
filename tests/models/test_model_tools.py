"""The tools for networks and weights, called as from the command line."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
import torch

from pyvideoai.errors import UserError
from pyvideoai.models.i3d import I3D
from pyvideoai.models.weights.containers import read
from pyvideoai.models.weights.load import load_weights

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def tool(monkeypatch):
    def load(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(TOOLS)
        spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_convert(tool, tmp_path: Path, capsys, suffix: str):
    source, out = I3D(11, depth=18, width=4), tmp_path / "new" / f"out{suffix}"
    torch.save({"module." + name: tensor for name, tensor in source.state_dict().items()}, tmp_path / "in.bin")
    arguments = [str(tmp_path / "in.bin"), str(out), "-M", "i3d_resnet18", "--set", "model.width=4"]
    tool("convert_weights").main(arguments)
    assert "100.0 % of the network's values" in capsys.readouterr().out
    assert read(out).tensors.keys() == source.state_dict().keys()
    target = I3D(11, depth=18, width=4)
    load_weights(target, out)
    assert all(torch.equal(tensor, source.state_dict()[name]) for name, tensor in target.state_dict().items())


def test_convert_refuses_an_odd_suffix(tool, tmp_path: Path):
    torch.save(I3D(11, depth=18, width=4).state_dict(), tmp_path / "in.bin")
    with pytest.raises(UserError, match=r"the output's suffix is '.onnx'; allowed: .pth, .safetensors"):
        tool("convert_weights").main([str(tmp_path / "in.bin"), str(tmp_path / "x.onnx"), "-M", "i3d_resnet18"])


def test_table(tool, tmp_path: Path, capsys):
    csv = tmp_path / "costs.csv"
    options = ["--set", "model.width=4", "--size", "32", "--seconds", "0", "--csv", str(csv)]
    tool("model_table").main(["i3d_resnet18", "i3d_resnet50", *options])
    table = pd.read_csv(csv)
    assert list(table["model"]) == ["i3d_resnet18", "i3d_resnet50"]
    assert (table.select_dtypes("number") > 0).all(axis=None)
    assert "training_clips_per_s" in capsys.readouterr().out


def test_a_wrong_name_is_an_error(tool):
    with pytest.raises(UserError, match="did you mean 'i3d_resnet18'"):
        tool("model_table").main(["i3d_resnet_18"])
