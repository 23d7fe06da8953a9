"""The setting `freeze`: what it names does not change, in weights and statistics, and everything else does."""

import pytest
import torch
from torch import nn

from pyvideoai.errors import UserError
from pyvideoai.models.i3d import I3D
from pyvideoai.optim import batchnorm
from pyvideoai.optim.freezing import freeze
from pyvideoai.processes import Processes

ONE = Processes(0, 1, 1, torch.device("cpu"))


def tiny() -> nn.Module:
    torch.manual_seed(0)
    return I3D(3, depth=18, width=4)


def changed(model: nn.Module, bn: str = "device") -> set[str]:
    """The parameters and buffers that one training step changes."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    batchnorm.train_mode(model, bn)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.1)
    nn.functional.cross_entropy(model(torch.randn(4, 3, 4, 32, 32)), torch.tensor([0, 1, 2, 0])).backward()
    optimiser.step()
    return {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}


def test_frozen_stages_keep_weights_and_statistics():
    model = tiny()
    line = freeze(model, ("conv1", "bn1", "layer1"), 3)
    moved = changed(model)
    assert line.startswith("frozen: conv1, bn1, layer1: 15 tensors, ")
    assert not any(name.startswith(("conv1", "bn1", "layer1")) for name in moved)
    assert {"layer2.0.conv1.weight", "layer2.0.bn1.running_mean", "fc.bias"} <= moved


def test_commas_do_for_a_tuple():
    model = tiny()
    assert freeze(model, "conv1, bn1", 3).startswith("frozen: conv1, bn1: 3 tensors, ")
    assert not model.conv1.weight.requires_grad and model.layer1[0].conv1.weight.requires_grad


def test_a_name_is_no_mere_beginning():
    model = tiny()
    freeze(model, ["layer1.1"], 3)
    assert not model.layer1[1].conv1.weight.requires_grad and model.layer1[0].conv1.weight.requires_grad
    freeze(tiny(), ("fc.bias",), 3)
    with pytest.raises(UserError):
        freeze(tiny(), ("layer",), 3)


def test_a_linear_probe_trains_the_head_only():
    model = tiny()
    freeze(model, "backbone", 3)
    assert changed(model) == {"fc.weight", "fc.bias"}
    assert model.training and model.dropout.training and not model.layer1.training


def test_frozen_parts_and_frozen_batch_norm_combine():
    model = batchnorm.convert(tiny(), "frozen", ONE)
    freeze(model, ("layer4",), 3)
    moved = changed(model, "frozen")
    assert "layer3.0.conv1.weight" in moved and not any("layer4" in name or "bn" in name for name in moved)


def test_precise_batch_norm_leaves_frozen_parts_alone():
    model = tiny()
    freeze(model, ("bn1",), 3)
    batchnorm.train_mode(model, "device")
    before = model.bn1.running_mean.clone(), model.layer1[0].bn1.running_mean.clone()
    with torch.no_grad(), batchnorm.population_statistics(model, ONE):
        model(torch.randn(4, 3, 4, 32, 32))
    assert torch.equal(model.bn1.running_mean, before[0])
    assert not torch.equal(model.layer1[0].bn1.running_mean, before[1])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("layer5",), "freeze: the model has nothing called 'layer5'; did you mean 'layer"),
        ("backbon", "nothing called 'backbon'; did you mean 'backbone'?"),
        (("zzz",), "nothing called 'zzz'; allowed: backbone, bn1, conv1, fc, layer1"),
        (("backbone", "fc"), "leaves nothing to train"),
    ],
)
def test_unknown_names_and_nothing_to_train_are_errors(names, message):
    with pytest.raises(UserError) as error:
        freeze(tiny(), names, 3)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_last_layer_that_is_no_head_is_told():
    with pytest.raises(UserError, match="the last layer, '1', has 7 outputs and not one for each of 3 classes"):
        freeze(nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 7)), "backbone", 3)
