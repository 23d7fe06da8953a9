"""Stages and heads are found in every shipped network, and in others."""

from functools import cache
from pathlib import Path

import pytest
import torch
from packages import LONG, needs_package
from torch import nn

from pyvideoai.config.load import load_layer
from pyvideoai.errors import UserError
from pyvideoai.models.settings import MODEL
from pyvideoai.models.stages import head, is_backbone_and_head, stages

CONFIGS = [
    pytest.param(path.stem, marks=pytest.mark.slow) if path.stem.startswith(LONG) else path.stem
    for path in sorted(Path(__file__).parents[2].glob("model_configs/*.py"))
    if path.stem != "features"  # which is a head alone, for a dataset of features
]
RESNET = ["layer1", "layer2", "layer3", "layer4", "head"]
SWIN = ["patch_embed", *(f"features.{number}" for number in range(7)), "head"]


@cache
def build(name: str, classes: int) -> nn.Module:
    needs_package(name)
    with torch.device("meta"):
        return load_layer(MODEL, name).load_model(classes)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_head_is_exactly_what_depends_on_the_number_of_classes(name):
    seven, eight = (dict(build(name, classes).named_parameters()) for classes in (7, 8))
    found = stages(build(name, 7))
    changed = [each for each in seven if seven[each].shape != eight[each].shape]
    whole = [each for each in seven if each.startswith("head.")] if is_backbone_and_head(build(name, 7)) else changed
    assert changed and list(found[-1].parameters) == whole and set(changed) <= set(whole)
    everything = [each for stage in found for each in stage.parameters]
    assert len(everything) == len(seven) and set(everything) == set(seven)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("i3dnonlocal_resnet50", ["conv1", *RESNET]),
        ("r2plus1d_18", ["stem", *RESNET]),
        ("swin3d_b", SWIN),
        ("mtrn_resnet50", ["backbone.conv1", *(f"backbone.{each}" for each in RESNET[:-1]), "head"]),
        ("mvit_v1_b", ["conv_proj", *(f"blocks.{number}" for number in range(16)), "head"]),
        ("s3d", [*(f"features.{number}" for number in (0, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15)), "head"]),
    ],
)
def test_stages_go_from_the_stem_to_the_head(name, expected):
    assert [stage.name for stage in stages(build(name, 7))] == expected


def test_norms_and_tables_belong_to_their_neighbours():
    found = {stage.name: set(stage.parameters) for stage in stages(build("mvit_v1_b", 7))}
    assert {"pos_encoding.class_token", "conv_proj.weight"} <= found["conv_proj"]
    assert "norm.weight" in found["blocks.15"]
    assert {"conv1.weight", "bn1.weight"} < {*next(iter(stages(build("i3d_tiny", 7)))).parameters}


class Token(nn.Module):
    """A parameter of its own before the first layer."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(16))
        self.norm, self.blocks = nn.LayerNorm(16), nn.ModuleList([nn.Linear(16, 16), nn.Linear(16, 16)])
        self.fc = nn.Linear(16, 2)


def test_a_wrapped_network_with_a_parameter_of_its_own():
    found = stages(nn.ModuleDict({"inner": Token()}))
    assert [(stage.name, len(stage.parameters)) for stage in found] == [
        ("inner.blocks.0", 5),
        ("inner.blocks.1", 2),
        ("head", 2),
    ]


def test_a_network_without_a_matrix_has_no_head():
    with pytest.raises(UserError, match="BatchNorm3d has no linear layer and no convolution"):
        head(nn.BatchNorm3d(3))
