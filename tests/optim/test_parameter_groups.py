"""Parameter groups: head rate, layer decay, decay of norms and biases, frozen parameters; and schedules over them."""

import pytest
import torch
from torch import nn
from torchvision.models.video import mvit_v2_s, swin3d_t

from pyvideoai.errors import UserError
from pyvideoai.models.i3d import I3D
from pyvideoai.optim import parameter_groups as optim
from pyvideoai.optim.parameter_groups import groups
from pyvideoai.optim.schedules import FactorSchedule

NO_DECAY = {"norm_weight_decay": 0.0, "bias_weight_decay": 0.0}


def tiny() -> nn.Module:
    return I3D(3, depth=18, width=4)


def adamw(model: nn.Module, **options) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups(model, **options), lr=0.1, weight_decay=0.05)


def names_of(model: nn.Module, group: dict) -> set[str]:
    held = {id(parameter) for parameter in group["params"]}
    return {name for name, parameter in model.named_parameters() if id(parameter) in held}


def test_rates_fall_from_the_head_to_the_stem():
    model = tiny()
    made = groups(model, learning_rate=1.0, head_factor=10, layer_decay=0.5)
    rates = {name: group["lr"] for group in made for name in names_of(model, group)}
    assert rates["fc.weight"] == rates["fc.bias"] == 10
    assert [rates[f"layer{number}.0.conv1.weight"] for number in (4, 3, 2, 1)] == [0.5, 0.25, 0.125, 0.0625]
    assert rates["conv1.weight"] == rates["bn1.bias"] == 0.5**5
    assert set(rates) == {name for name, _ in model.named_parameters()}


def test_groups_are_named_by_stage_and_kind():
    made = groups(tiny(), learning_rate=1.0, layer_decay=0.5, **NO_DECAY)
    assert [group["name"] for group in made][:2] == ["conv1 weights", "conv1 norms"]
    assert [group["name"] for group in made][-2:] == ["head weights", "head biases"]
    assert [group["name"] for group in groups(tiny(), **NO_DECAY)] == ["weights", "norms and biases"]


@pytest.mark.parametrize("build", [mvit_v2_s, swin3d_t])
def test_only_matrices_decay(build):
    with torch.device("meta"):
        model = build(num_classes=3)
    decaying, others = (names_of(model, group) for group in groups(model, **NO_DECAY))
    shapes = {name: parameter.dim() for name, parameter in model.named_parameters()}
    assert all(shapes[name] > 1 and name.endswith("weight") for name in decaying)
    tables = {name for name in shapes if "rel_pos" in name or "relative_position" in name or "token" in name}
    assert tables and tables < others and all(shapes[name] == 1 for name in others - tables)


def test_frozen_parameters_are_left_out_and_keep_their_depth():
    model = tiny()
    model.layer3.requires_grad_(False)
    made = groups(model, learning_rate=1.0, layer_decay=0.5)
    assert [(group["name"].split()[0], group["lr"]) for group in made if "2" in group["name"]] == [("layer2", 0.125)]
    assert not any("layer3" in name for group in made for name in names_of(model, group))


def test_nothing_to_train_and_a_missing_rate_are_errors():
    with pytest.raises(UserError, match="all parameters of I3D are frozen"):
        groups(tiny().requires_grad_(False))
    with pytest.raises(UserError, match="multiply learning_rate, which is missing"):
        groups(tiny(), layer_decay=0.5)


def test_a_schedule_multiplies_each_groups_own_rate():
    optimiser = adamw(tiny(), learning_rate=1.0, head_factor=10, layer_decay=0.5)
    before = [group["lr"] for group in optimiser.param_groups]
    assert optim.learning_rate(optimiser) == 10
    schedule = FactorSchedule(optimiser, lambda epoch: 0.1 * epoch)
    for epoch in (1.0, 5.0):
        schedule.before_step(epoch)
        assert [group["lr"] for group in optimiser.param_groups] == pytest.approx(
            [0.1 * epoch * each for each in before]
        )
    assert optim.learning_rate(optimiser) == pytest.approx(5)


def test_a_resumed_optimiser_has_its_rates_again():
    model = tiny()
    optimiser, other = (adamw(model, learning_rate=1.0, layer_decay=0.5) for _ in range(2))
    FactorSchedule(optimiser, lambda epoch: 0.5).before_step(0)
    other.load_state_dict(optimiser.state_dict())
    assert [group["lr"] for group in other.param_groups] == [group["lr"] for group in optimiser.param_groups]
    assert [group["initial_lr"] for group in other.param_groups] == [
        2 * group["lr"] for group in optimiser.param_groups
    ]


def test_the_console_shows_every_group():
    model = tiny()
    model.layer1.requires_grad_(False)
    lines = optim.describe(adamw(model, learning_rate=1.0, head_factor=10, layer_decay=0.5), model).splitlines()
    assert lines[0].startswith("AdamW trains ") and lines[0].endswith(" frozen")
    assert lines[1].split() == ["group", "tensors", "parameters", "learning", "rate", "weight", "decay"]
    assert lines[-1].split() == ["head", "weights", "and", "biases", "2", "99", "10", "0.05"]
    assert len(lines) == 2 + 5
    one = optim.describe(torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0), model)
    assert "\n" not in one and one.endswith("learning rate 0.1, weight decay 0")
    assert one.split(":")[0] == lines[0]
