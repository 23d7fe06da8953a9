"""What a network decides by, where that is known: a colour in one corner, in three frames of a clip."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torchvision.models.video import mvit_v2_s, swin3d_t
from torchvision.models.vision_transformer import VisionTransformer

from pyvideoai.config.load import load
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.inspection.model.layers import Layers
from pyvideoai.inspection.model.saliency import LAST, PIXELS, Eye, Saliency
from pyvideoai.models.frames import AttentiveHead, AverageHead, FrameNetwork
from pyvideoai.models.i3d import I3D
from pyvideoai.scoring.network import GuardedNetwork
from pyvideoai.tasks import SINGLE_LABEL

FRAMES, SIDE, PATCH = 24, 32, 8
WHEN, ROWS, COLUMNS = slice(6, 9), slice(0, PATCH), slice(SIDE - PATCH, SIDE)  # one of the eight parts, top right
PART = 2


def clips(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise with a patch of red, of blue, or without one: classes 0, 1 and 2."""
    random = torch.Generator().manual_seed(seed)
    found = 0.3 * torch.randn(count, 3, FRAMES, SIDE, SIDE, generator=random)
    labels = torch.arange(count) % 3
    for clip, label in zip(found, labels.tolist(), strict=True):
        if label < 2:
            clip[2 * label, WHEN, ROWS, COLUMNS] += 2.5
    return found, labels


def frame_network() -> FrameNetwork:
    layers = nn.Conv2d(3, 16, 2, 2), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
    return FrameNetwork(nn.Sequential(*layers, nn.Flatten()), AverageHead(16, 3, dropout=0))


def by_hand() -> nn.Sequential:
    """A convolution that sees red, green and blue, and the mean of each over space and time."""
    colours, head = nn.Conv3d(3, 3, (1, 4, 4), (1, 4, 4)), nn.Linear(3, 3)
    with torch.no_grad():
        colours.weight.copy_(torch.eye(3)[:, :, None, None, None].expand_as(colours.weight) / 16)
        colours.bias.fill_(-1)
        head.weight.copy_(1000 * torch.eye(3)[[0, 2, 1]])
        head.bias.copy_(torch.tensor([0, 0, 1.0]))
    return nn.Sequential(colours, nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), head)


def eye(model: nn.Module, layer: str = PIXELS, shape: tuple[int, int, int] = (FRAMES, SIDE, SIDE)) -> Eye:
    hook = load(CONTRACTS, "motion", "i3d_tiny", "quickstart").model.load_model
    return Eye(GuardedNetwork(model.eval(), hook, 3), SINGLE_LABEL, shape, layer)


def mass(seen: Saliency) -> float:
    return float(seen.heat[WHEN, ROWS, COLUMNS].sum() / seen.heat.sum().clamp(min=1e-9))


def trained(model: nn.Module, steps: int, rate: float = 0.02) -> nn.Module:
    optimiser = torch.optim.Adam(model.train().parameters(), rate)
    for step in range(steps):
        inputs, labels = clips(9, seed=step)
        optimiser.zero_grad()
        cross_entropy(model(inputs), labels).backward()
        optimiser.step()
    return model


@pytest.mark.parametrize("layer", [PIXELS, LAST])
@pytest.mark.parametrize("make", [by_hand, frame_network])
def test_heat_and_occlusion_find_the_place_and_the_frames(make, layer):
    torch.manual_seed(0)
    random, shown = make(), clips(5, seed=99)
    if make is by_hand:
        random.apply(lambda each: each.reset_parameters() if hasattr(each, "reset_parameters") else None)
    before = [eye(random, layer).look(clip, int(label)) for clip, label in zip(*shown, strict=True) if label < 2]
    assert max(map(mass, before)) < 0.2
    model = eye(make() if make is by_hand else trained(random, 40), layer)
    for clip, label in zip(*shown, strict=True):
        seen = model.look(clip)
        assert seen.label == label
        if label < 2:
            assert mass(seen) > 0.5
            assert sum(seen.by_frame[WHEN]) > 0.5 and sum(seen.by_frame) == pytest.approx(1)
            assert seen.hidden[PART] == WHEN.start and seen.lost[PART] > 0.5
            assert max(lost for part, lost in enumerate(seen.lost) if part != PART) < 0.1


def vit() -> FrameNetwork:
    return FrameNetwork(vision_transformer(), AttentiveHead(32, 3, heads=2))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "steps", "rate"),
    [(lambda: I3D(3, depth=18, width=16, dropout=0.2), 80, 0.003), (vit, 80, 0.003)],
    ids=["i3d", "vit"],
)
def test_half_of_the_heat_is_where_the_class_is_in_networks_that_see_the_whole_clip_at_each_place(make, steps, rate):
    torch.manual_seed(0)
    random, shown = make(), clips(5, seed=99)
    before = [mass(eye(random).look(clip, int(label))) for clip, label in zip(*shown, strict=True) if label < 2]
    model = eye(trained(random, steps, rate))
    after = [model.look(clip, int(label)) for clip, label in zip(*shown, strict=True) if label < 2]
    assert max(before) < 0.2
    assert all(seen.probability > 0.7 and mass(seen) > 0.5 for seen in after), [*map(mass, after)]


def test_the_class_that_is_asked_about_is_shown():
    [red, blue, *_], _ = clips(3, seed=1)
    model = eye(by_hand(), LAST)
    other = model.look(red, 1)
    assert other.label == 1 and other.probability < 0.01 and not other.heat.any() and set(other.by_frame) == {0}
    assert mass(model.look(blue, 1)) > 0.5


def test_a_layer_that_cannot_be_shown_is_refused_and_the_nearest_named():
    model = I3D(3, depth=18, width=4)
    with pytest.raises(UserError, match="I3D has no layer 'layr3'; did you mean 'layer3'"):
        eye(model, "layr3")
    with pytest.raises(UserError, match=r"I3D has no layer 'q'; there are conv1, bn1, relu, .*--layers lists those"):
        eye(model, "q")
    [clip, *_], _ = clips(1, seed=1)
    # Only the class's token of the last block goes into the head.
    with pytest.raises(UserError, match="can't be shown: the class doesn't depend on its places"):
        eye(vit(), "backbone.encoder.layers.encoder_layer_1").look(clip)


def vision_transformer() -> VisionTransformer:
    network = VisionTransformer(SIDE, 8, 2, 2, 32, 64)
    network.heads = nn.Identity()
    return network


def test_a_vision_transformer_is_shown_by_what_its_last_attention_sees():
    torch.manual_seed(0)
    [clip, *_], _ = clips(1, seed=1)
    seen = eye(vit(), LAST).look(clip)
    assert seen.layer == "backbone.encoder.layers.encoder_layer_1.ln_1" and seen.heat.shape == clip.shape[1:]


def i3d() -> tuple[nn.Module, tuple[int, int, int], str]:
    return I3D(3, depth=18, width=4), (8, 64, 64), "conv1"


def tokens_of_frames() -> tuple[nn.Module, tuple[int, int, int], str]:
    model = FrameNetwork(vision_transformer(), AttentiveHead(32, 3, heads=2))
    return model, (8, SIDE, SIDE), "backbone.encoder.layers.encoder_layer_0"


def swin() -> tuple[nn.Module, tuple[int, int, int], str]:
    return swin3d_t(num_classes=3), (8, 224, 224), "features.0"


def mvit() -> tuple[nn.Module, tuple[int, int, int], str]:
    return mvit_v2_s(num_classes=3), (16, 224, 224), "blocks.0"


def encoder_of(name: str, layer: str, **sizes: int) -> tuple[nn.Module, tuple[int, int, int], str]:
    pytest.importorskip("transformers")
    from pyvideoai.models.encoders import encoder

    return encoder(name, 3, frames=8, size=64, **sizes), (8, 64, 64), layer


SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.mark.parametrize(
    "make",
    [
        i3d,
        tokens_of_frames,
        pytest.param(swin, marks=pytest.mark.slow),
        pytest.param(mvit, marks=pytest.mark.slow),
        pytest.param(lambda: encoder_of("videomae", "backbone.encoder.layer.0", **SMALL), id="videomae"),
        pytest.param(lambda: encoder_of("timesformer", "backbone.encoder.layer.0", **SMALL), id="timesformer"),
    ],
)
def test_places_of_a_layer_are_those_of_the_clip(make):
    """A change in one corner of some frames changes the layer's output most in that corner, at that time."""
    torch.manual_seed(0)
    model, shape, name = make()
    layers, (frames, side, _) = Layers(model.eval(), shape), shape
    clip = torch.randn(1, 3, *shape)
    changed = clip.clone()
    when = slice(frames // 2, frames * 3 // 4)
    changed[:, :, when, : side // 4, -side // 4 :] += 5
    outputs = []
    for inputs in (clip, changed):
        with torch.no_grad(), layers.noted([name]) as found:
            model(inputs)
        outputs.append(found[name].by_place(found[name].output))
    change = (outputs[1] - outputs[0]).abs().mean(-1)
    times, rows, columns = change.shape
    time, row, column = (int(each) for each in torch.unravel_index(change.argmax(), change.shape))
    # A convolution over time may change more beside the change than in it.
    assert times / 2 - 1 <= time < times * 3 / 4 + 1 and row < rows / 4 and column >= columns * 3 / 4
