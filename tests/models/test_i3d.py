"""The trunk's arguments, one by one, at a tiny width."""

import pytest
import torch
from torch import nn

from pyvideoai.models.affine import Affine
from pyvideoai.models.blocks import BasicBlock, Bottleneck
from pyvideoai.models.i3d import FIVE_PLACES, I3D
from pyvideoai.models.nonlocal_block import NonLocal

TINY = {"width": 4, "dropout": 0.0}


def clips(frames: int = 8, size: int = 32, count: int = 2) -> torch.Tensor:
    return torch.randn(count, 3, frames, size, size, generator=torch.Generator().manual_seed(0))


def frames_seen(model: I3D) -> list[list[int]]:
    """Extents in time of the first convolution of each block, layer by layer."""
    layers = [model.get_submodule(f"layer{number}") for number in range(1, 5)]
    return [[block.conv1.kernel_size[0] for block in layer] for layer in layers]


@pytest.mark.parametrize(("depth", "blocks", "channels"), [(18, 8, 32), (50, 16, 128), (101, 33, 128)])
def test_depths(depth: int, blocks: int, channels: int):
    model = I3D(5, depth=depth, **TINY)
    assert sum(isinstance(module, BasicBlock | Bottleneck) for module in model.modules()) == blocks
    assert model.fc.in_features == channels
    assert model(clips()).shape == (2, 5)


def test_published_inflation():
    assert frames_seen(I3D(5, **TINY)) == [[3, 3, 3], [3, 1, 3, 1], [3, 1, 3, 1, 3, 1], [1, 3, 1]]


def test_heavy_inflation():
    assert frames_seen(I3D(5, inflate=((3,),) * 4, **TINY)) == [[3] * 3, [3] * 4, [3] * 6, [3] * 3]


def test_inflate_style_moves_time_to_the_second_convolution():
    block = I3D(5, inflate_style="3x3x3", **TINY).layer1[0]
    assert block.conv1.kernel_size == (1, 1, 1)
    assert block.conv2.kernel_size == (3, 3, 3)
    basic = I3D(5, depth=18, inflate_style="3x3x3", **TINY).layer1[0]
    assert basic.conv1.kernel_size == basic.conv2.kernel_size == (3, 3, 3)


def test_stride_is_on_the_3x3_convolution():
    block = I3D(5, **TINY).layer2[0]
    assert [conv.stride for conv in (block.conv1, block.conv2, block.conv3)] == [(1, 1, 1), (1, 2, 2), (1, 1, 1)]
    assert block.downsample[0].stride == (1, 2, 2)


@pytest.mark.parametrize(
    ("options", "frames", "stem", "last"),
    [
        ({}, 8, (8, 56, 56), (4, 7, 7)),
        ({"pool1": ((1, 3, 3), (1, 2, 2), (0, 0, 0))}, 8, (8, 55, 55), (4, 7, 7)),
        ({"stem_stride": (2, 2, 2), "pool1": ((2, 3, 3), (2, 2, 2), (0, 0, 0))}, 32, (8, 55, 55), (4, 7, 7)),
        ({"stem_stride": (2, 2, 2), "pool1": ((1, 3, 3), (2, 2, 2), (0, 1, 1))}, 32, (8, 56, 56), (4, 7, 7)),
        ({"pool2": (1, 1, 1)}, 8, (8, 56, 56), (8, 7, 7)),
    ],
)
def test_where_time_and_space_shrink(options: dict, frames: int, stem: tuple, last: tuple):
    with torch.device("meta"):
        model, seen = I3D(5, **TINY, **options), {}
        model.pool1.register_forward_hook(lambda module, inputs, output: seen.update(stem=tuple(output.shape[2:])))
        assert tuple(model.features(torch.empty(1, 3, frames, 224, 224)).shape[2:]) == last
    assert seen["stem"] == stem


def test_zero_init_makes_a_block_its_shortcut():
    block, x = I3D(5, **TINY).layer1[1].eval(), torch.rand(1, 16, 4, 8, 8)
    assert torch.equal(block(x), x)
    assert not torch.equal(I3D(5, zero_init=False, **TINY).layer1[1].eval()(x), x)


def test_logits_are_the_same_kind_in_training_and_evaluation():
    model = I3D(5, window=7, **TINY)
    assert model.train()(clips(size=256, frames=2)).shape == (2, 5)
    assert model.eval()(clips(size=224, frames=2)).shape == (2, 5)
    assert not torch.allclose(model(clips()).sum(1), torch.ones(2))


def test_window_gives_each_position_its_logits():
    model, large = I3D(5, window=7, **TINY).eval(), clips(frames=2, size=256, count=1)
    with torch.no_grad():
        logits, maps = model(large), model.features(large)
        by_hand = [
            model.fc(maps[..., top : top + 7, left : left + 7].mean((2, 3, 4))) for top in (0, 1) for left in (0, 1)
        ]
    assert logits.shape == (1, 4, 5)
    assert torch.allclose(logits, torch.stack(by_hand, 1), atol=1e-6)


def test_a_map_smaller_than_the_window_is_one_position():
    assert I3D(5, window=7, **TINY).eval()(clips()).shape == (2, 5)


def test_nonlocal_blocks_sit_where_they_are_told():
    model = I3D(5, nonlocal_blocks=dict.fromkeys(FIVE_PLACES, NonLocal), **TINY)
    found = [name.removesuffix(".nl") for name, module in model.named_modules() if isinstance(module, NonLocal)]
    assert tuple(found) == FIVE_PLACES


def test_a_place_that_is_none_is_an_error():
    with pytest.raises(AttributeError, match="9"):
        I3D(5, nonlocal_blocks={"layer2.9": NonLocal}, **TINY)


def test_affine_computes_what_frozen_batch_norm_computes():
    norm, affine, x = nn.BatchNorm3d(4).eval(), Affine(4), torch.randn(2, 4, 3, 5, 5)
    for parameter in (*norm.parameters(), norm.running_mean, norm.running_var):
        nn.init.uniform_(parameter.data, 0.5, 1.5)
    affine.weight.copy_(norm.weight.detach() / (norm.running_var + norm.eps).sqrt())
    affine.bias.copy_(norm.bias.detach() - norm.running_mean * affine.weight)
    assert torch.allclose(affine(x), norm(x), atol=1e-6)
    assert not list(affine.parameters())


def test_every_parameter_gets_a_gradient():
    model = I3D(5, nonlocal_blocks=dict.fromkeys(FIVE_PLACES, NonLocal), zero_init=False, **TINY)
    model(clips(size=64)).square().sum().backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []
