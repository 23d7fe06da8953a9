"""Every published name of an I3D, in each framework, has its name here."""

import json

import peer_checkpoints as peers
import pytest

from pyvideoai.models.i3d import FIVE_PLACES, I3D
from pyvideoai.models.nonlocal_block import NonLocal
from pyvideoai.models.weights.names import rename

FRAMEWORKS = ("Caffe2", "PySlowFast", "PyTorchVideo", "MMAction2", "PyVideoAI or torchvision")
ROWS = json.loads((peers.REFERENCE / "parameter_names.json").read_text())


@pytest.mark.parametrize(("column", "framework"), list(enumerate(FRAMEWORKS, start=1)))
def test_all_names(column: int, framework: str):
    ours = {row[column]: row[0] for row in ROWS if row[column]}
    renamed = rename(ours)
    assert renamed.framework == framework
    assert renamed.ours == ours


def test_the_names_are_those_of_our_network():
    model = I3D(400, width=4, nonlocal_blocks=dict.fromkeys(FIVE_PLACES, NonLocal))
    assert {row[0] for row in ROWS} == {name for name in model.state_dict() if "num_batches" not in name}


@pytest.mark.parametrize("wrapper", ["module.", "model.", "module._orig_mod."])
def test_wrappers_are_taken_off(wrapper: str):
    names = [wrapper + "blocks.0.conv.weight", wrapper + "blocks.6.proj.bias"]
    assert list(rename(names).ours.values()) == ["conv1.weight", "fc.bias"]


def test_a_prefix_that_the_network_has_itself_stays():
    assert rename(["model.weight"], own={"model.weight"}).ours == {"model.weight": "model.weight"}


def test_training_state_is_set_aside():
    renamed = rename(["conv1_w", "conv1_w_momentum", "lr", "model_iter", "pred_b"])
    assert renamed.training_state == ["conv1_w_momentum", "lr", "model_iter"]
    assert renamed.ours == {"conv1_w": "conv1.weight", "pred_b": "fc.bias"}


def test_a_name_without_a_rule_stays():
    assert rename(["conv1_w", "extra_blob"]).ours["extra_blob"] == "extra_blob"
