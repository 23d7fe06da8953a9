"""The networks beside I3D, at a tiny width: PyTorchVideo's and PySlowFast's own numbers, one by one what they promise.

`reference/tiny/` has what the peers' code computed for networks of 8 or 16 channels. Published sizes are compared in
test_reference_cases.py.
"""

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import peer_checkpoints as peers
import pytest
import torch
from torch import nn
from training_steps import difference

from pyvideoai.errors import UserError
from pyvideoai.models.i3d import I3D
from pyvideoai.models.slowfast import SlowFast, slow_frames
from pyvideoai.models.stages import stages
from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.names import rename
from pyvideoai.models.x3d import X3D

pytestmark = pytest.mark.long

OUTPUT = 2e-5  # of the largest logit; 6e-7 was measured
ALL = ((3,), (3,), (3,), (3,))
NO_POOL = (1, 1, 1)
DEEP = ((1, 1, 1), (2, 2, 2), (2, 2, 2), (2, 2, 2))


def c2d(classes: int = 5, **options) -> nn.Module:
    return I3D(classes, width=8, window=1, stem=(1, 7, 7), inflate=((1,),) * 4, **options)


def slow(classes: int = 5, **options) -> nn.Module:
    inflate = ((1,), (1,), (3,), (3,))
    return I3D(classes, width=8, window=1, stem=(1, 7, 7), pool2=NO_POOL, inflate=inflate, **options)


def slowfast(classes: int = 5, **options) -> nn.Module:
    return SlowFast(classes, width=16, window=1, **options)


def sparse(classes: int = 5, **options) -> nn.Module:
    return SlowFast(classes, width=16, window=1, alpha=8, fuse_frames=5, **options)


def x3d(classes: int = 5, **options) -> nn.Module:
    return X3D(classes, width=8, window=1, **options)


def csn(classes: int = 5, **options) -> nn.Module:
    shape = {"stem": (3, 7, 7), "pool2": NO_POOL, "strides": DEEP, "inflate": ALL, "inflate_style": "depthwise"}
    return I3D(classes, width=8, window=1, **shape, **options)


def r2plus1d(classes: int = 5, **options) -> nn.Module:
    strides = ((1, 2, 2), (1, 2, 2), (2, 2, 2), (2, 2, 2))
    shape = {"stem": (1, 7, 7), "pool1": None, "pool2": NO_POOL, "strides": strides}
    return I3D(classes, width=8, window=1, inflate=ALL, inflate_style="2+1", **shape, **options)


NETWORKS = {
    "pytorchvideo_c2d": c2d,
    "pytorchvideo_csn": csn,
    "pytorchvideo_r2plus1d": r2plus1d,
    "pytorchvideo_slow": slow,
    "pytorchvideo_slowfast": slowfast,
    "pytorchvideo_x3d": x3d,
    "slowfast_slowfast": sparse,
    "slowfast_x3d": x3d,
}
EACH = pytest.mark.parametrize("make", [c2d, slow, slowfast, x3d, csn, r2plus1d])


@pytest.mark.parametrize("name", NETWORKS)
def test_the_peer_s_logits(tmp_path: Path, name: str):
    model = NETWORKS[name]()
    report = load_weights(model, peers.write(f"tiny/{name}", tmp_path / "x.pyth"), min_share=1.0)
    assert not (report.skipped or report.missing or report.unexpected)
    assert report.framework == ("PyTorchVideo" if "pytorchvideo" in name else "PySlowFast")
    cases = peers.case(f"tiny/{name}")["expected"].values()
    assert len(cases) == 2
    for expected in cases:
        with torch.no_grad():
            logits = model.eval()(peers.draw_input(expected["input"]))
        assert difference(logits.flatten(), torch.tensor(expected["logits"]["values"])) < OUTPUT


def test_every_stored_case_is_tested():
    assert {path.stem for path in (peers.REFERENCE / "tiny").glob("*.json")} == set(NETWORKS)


def test_caffe2_names_of_slowfast():
    """As PySlowFast's c2_model_loading.py reads them, from theirs to ours."""
    ours = {
        "t_conv1_w": "stem.fast.conv1.weight",
        "conv1_w": "stem.slow.conv1.weight",
        "t_res_conv1_bn_riv": "stem.fast.bn1.running_var",
        "t_pool1_subsample_w": "stem.fuse.conv.weight",
        "t_pool1_subsample_bn_rm": "stem.fuse.bn.running_mean",
        "res2_0_branch1_w": "layer1.slow.0.downsample.0.weight",
        "t_res2_0_branch1_bn_s": "layer1.fast.0.downsample.1.weight",
        "t_res4_5_branch2c_bn_b": "layer3.fast.5.bn3.bias",
        "t_res4_5_branch2c_w": "layer3.fast.5.conv3.weight",
        "t_res4_5_branch2c_bn_subsample_w": "layer3.fuse.conv.weight",
        "t_res4_5_branch2c_bn_subsample_bn_s": "layer3.fuse.bn.weight",
        "pred_b": "fc.bias",
    }
    renamed = rename([*ours, "t_conv1_w_momentum", "lr"])
    assert (renamed.framework, renamed.ours) == ("Caffe2", ours)
    assert renamed.training_state == ["t_conv1_w_momentum", "lr"]
    assert set(ours.values()) <= slowfast().state_dict().keys()


def test_a_norm_that_the_file_has_not_passes_everything_through(tmp_path: Path):
    model, path = x3d(), peers.write("tiny/pytorchvideo_x3d", tmp_path / "x.pyth")
    nn.init.constant_(model.layer1[0].downsample[1].weight, 7.0)
    report = load_weights(model, path)
    assert report.notes == ["no norm after layer1.0.downsample.1 in the file: ours changes nothing"]
    norm, x = model.layer1[0].downsample[1].eval(), torch.rand(1, 8, 2, 3, 3)
    assert torch.allclose(norm(x), x, rtol=1e-6)


def test_slow_frames_are_those_of_pyslowfast():
    assert slow_frames(32, 4).tolist() == [0, 4, 8, 13, 17, 22, 26, 31]
    assert slow_frames(32, 8).tolist() == [0, 10, 20, 31]
    assert slow_frames(8, 8).tolist() == [0]


def test_the_slow_pathway_sees_its_frames_and_the_fast_one_all():
    model, seen = slowfast(), {}
    for name, pathway in model.stem.named_children():
        pathway.register_forward_pre_hook(lambda module, inputs, name=name: seen.update({name: inputs[0]}))
    clips = torch.rand(2, 3, 8, 32, 32)
    model.eval()(clips)
    assert torch.equal(seen["slow"], clips[:, :, [0, 7]]) and torch.equal(seen["fast"], clips)


def test_a_clip_that_the_slow_pathway_cannot_share_is_an_error():
    with pytest.raises(UserError, match="a clip of 10 frames for SlowFast; allowed: multiples of 4"):
        slowfast()(torch.rand(1, 3, 10, 32, 32))


@EACH
def test_stages_hold_all_pathways_and_the_head_what_depends_on_the_classes(make: Callable[..., nn.Module]):
    model, other = make(), make(classes=6).state_dict()
    found = {stage.name: list(stage.parameters) for stage in stages(model)}
    assert found.keys() - {"conv1", "stem", "conv5", "lin5"} == {"layer1", "layer2", "layer3", "layer4", "head"}
    assert list(chain(*found.values())) == [name for name, _ in model.named_parameters()]
    changed = [name for name, tensor in model.state_dict().items() if tensor.shape != other[name].shape]
    assert found["head"] == changed == ["fc.weight", "fc.bias"]
    if make is slowfast:
        assert {name.split(".")[1] for name in found["layer3"]} == {"slow", "fast", "fuse"}


@EACH
def test_a_training_step_reaches_every_parameter(make: Callable[..., nn.Module]):
    model = make(zero_init=False, dropout=0.0)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
    clips, labels = torch.randn(2, 3, 8, 32, 32, generator=torch.Generator().manual_seed(0)), torch.tensor([1, 3])
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    loss = nn.functional.cross_entropy(model(clips), labels)
    loss.backward()
    optimiser.step()
    assert [name for name, old in before.items() if torch.equal(old, model.get_parameter(name))] == []


@pytest.mark.parametrize("make", [slowfast, x3d, csn, r2plus1d])
def test_zero_init_makes_a_block_its_shortcut(make: Callable[..., nn.Module]):
    layer = make().eval().layer2
    block = (layer.slow if make is slowfast else layer)[1]
    x = torch.rand(1, block.conv1.in_channels, 2, 4, 4)
    assert torch.equal(block(x), x)


def test_a_basic_block_has_no_second_convolution_to_split():
    with pytest.raises(ValueError, match="inflate_style '2\\+1' is for depths from 50 on; allowed here"):
        I3D(5, depth=18, width=4, inflate_style="2+1")
