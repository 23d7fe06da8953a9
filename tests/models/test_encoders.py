"""Video encoders of transformers: the same logits as its own processor and network, from files in the published layout.

All of it skips without transformers: pip install 'pyvideoai[transformers]'.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from encoder_cases import CASES, CLASSES, FRAMES, NEAR, SIDE, VIDEOMAE, VIDEOPRISM, Case
from torch import Tensor, nn
from torchvision.ops import StochasticDepth

from pyvideoai.data.resize import Cutter
from pyvideoai.data.to_input import ToInput
from pyvideoai.data.views import Views
from pyvideoai.errors import UserError
from pyvideoai.features.cut import Cut
from pyvideoai.models.encoders import VideoEncoder, encoder
from pyvideoai.models.frames import AttentiveHead
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.stages import stages
from pyvideoai.models.weights import safetensors
from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.other_networks import surplus
from pyvideoai.optim.freezing import freeze
from pyvideoai.optim.parameter_groups import groups


def from_views(network: VideoEncoder, case: Case, pixels: np.ndarray) -> Tensor:
    """Return the logits of one clip by our views, our normalisation and our network."""
    cut = Cutter(Views(scale=case.scale, size=SIDE).regions(*case.frame), *case.frame)
    clip = torch.stack([cut(picture)[0] for picture in pixels])
    mean, std = (tuple(255 * each for each in values) for values in case.statistics)
    with torch.no_grad():
        return network(ToInput(Normalise(mean, std))(clip[None]))


def from_processor(case: Case, folder: Path, pixels: np.ndarray) -> Tensor:
    """Return the logits of one clip by transformers alone: its processor, and the network that it loads itself."""
    library = pytest.importorskip("transformers")
    processor = case.processor(library, image_mean=case.statistics[0], image_std=case.statistics[1])
    network = getattr(library, f"{case.classes}ForVideoClassification").from_pretrained(folder).eval()
    with torch.no_grad():
        return network(**processor(list(pixels), return_tensors="pt")).logits.flatten(1)


@pytest.mark.parametrize("case", CASES)
def test_logits_equal_those_of_processor_and_network(case: Case, tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (FRAMES, *case.frame, 3), dtype=np.uint8)
    folder = case.folder(tmp_path / "published", case.theirs())
    network = case.ours()
    before = from_views(network, case, pixels)
    report = load_weights(network, folder, min_share=1.0)
    wanted = from_processor(case, folder, pixels)
    torch.testing.assert_close(from_views(network, case, pixels), wanted, rtol=0, atol=NEAR)
    assert not report.unexpected and (before - wanted).abs().max() > 100 * NEAR


@pytest.mark.parametrize("case", CASES)
def test_features_are_their_last_hidden_state(case: Case, tmp_path: Path):
    theirs, network = case.theirs(), case.ours()
    load_weights(network, case.folder(tmp_path / "published", theirs))
    clips = torch.randn(2, 3, FRAMES, SIDE, SIDE)
    with torch.no_grad():
        wanted = theirs.get_submodule(network.family.backbone)(clips.transpose(1, 2)).last_hidden_state
        assert wanted.dim() == 3
        torch.testing.assert_close(network.features(clips), wanted)


@pytest.mark.parametrize("case", CASES)
def test_every_layer_has_a_learning_rate_of_its_own(case: Case):
    network = case.theirs() and case.ours()
    made = groups(network, learning_rate=1.0, layer_decay=0.5)
    rates = {each["name"].split()[0]: each["lr"] for each in made}
    blocks = [f"backbone.{name}.{number}" for name in network.family.blocks for number in range(case.depths[name])]
    assert [rates[name] for name in blocks] == [0.5 ** (len(blocks) - place) for place in range(len(blocks))]
    assert rates["head"] == 1.0 and min(rates.values()) <= 0.5 ** (len(blocks) + 1)


def test_norms_and_tables_of_videoprism_belong_to_the_blocks_before_them():
    network = VIDEOPRISM.theirs() and VIDEOPRISM.ours()
    found = {name: stage.name for stage in stages(network) for name in stage.parameters}
    assert found["backbone.temporal_embeddings.position_embeddings"] == "backbone.spatial_layers.2"
    assert found["backbone.layernorm1.weight"] == "backbone.spatial_layers.2"
    assert found["backbone.layernorm2.weight"] == "backbone.temporal_layers.1"


@pytest.mark.parametrize("case", CASES)
def test_drop_path_leaves_out_residual_branches_in_training_alone(case: Case):
    case.theirs()
    plain, dropping = case.ours(), case.ours(drop_path=0.9)
    dropping.load_state_dict(plain.state_dict())
    clips = torch.randn(16, 3, FRAMES, SIDE, SIDE)
    with torch.no_grad():
        torch.testing.assert_close(dropping(clips), plain(clips))
        alike = (dropping.train().features(clips) - plain.features(clips)).flatten(1).abs().amax(1)
    rates = [module.p for module in dropping.modules() if isinstance(module, StochasticDepth)]
    assert (alike > 1e-3).sum() > 8 and rates == sorted(rates) and rates[-1] == pytest.approx(0.9)


@pytest.mark.parametrize("case", CASES)
def test_frozen_the_attentive_head_alone_trains(case: Case):
    case.theirs()
    network = case.ours(attentive=True)
    freeze(network, "backbone", CLASSES)
    assert {name.partition(".")[0] for name, each in network.named_parameters() if each.requires_grad} == {"head"}
    assert isinstance(network.head, AttentiveHead)
    Cut(network).check(torch.randn(2, 3, FRAMES, SIDE, SIDE))


@pytest.mark.parametrize("case", CASES)
def test_the_head_starts_anew_for_other_classes(case: Case, tmp_path: Path):
    folder = case.folder(tmp_path / "published", case.theirs())
    report = load_weights(case.ours(attentive=True), folder)
    assert report.missing and all(name.startswith("head.") for name in report.missing)
    assert not surplus(case.ours(attentive=True), report)


@pytest.mark.parametrize("case", CASES)
def test_sizes_may_come_from_a_folder(case: Case, tmp_path: Path):
    theirs = case.theirs()
    folder = case.folder(tmp_path / "published", theirs)
    network = encoder(case.name, CLASSES, frames=FRAMES, size=SIDE, sizes_from=str(folder))
    load_weights(network, folder, min_share=1.0)
    with pytest.raises(UserError, match=rf"published: \w+ is {SIDE}, and model.size 64: set it to the same"):
        encoder(case.name, CLASSES, frames=FRAMES, size=64, sizes_from=str(folder))


@pytest.mark.parametrize("case", CASES)
def test_sizes_that_no_shape_shows_are_compared(case: Case, tmp_path: Path):
    folder = case.folder(tmp_path / "published", case.theirs(num_attention_heads=2))
    with pytest.raises(UserError, match=r"num_attention_heads is 2 and not 4.*--set model.sizes_from="):
        load_weights(case.ours(), folder)


def test_sizes_that_transformers_refuses_are_one_line(tmp_path: Path):
    folder, network = VIDEOMAE.folder(tmp_path / "published", VIDEOMAE.theirs()), VIDEOMAE.ours()
    (folder / "config.json").write_text('{"model_type": "videomae", "hidden_size": "big"}')
    with pytest.raises(UserError, match=r"config.json: transformers refuses these sizes: .*hidden_size") as raised:
        load_weights(network, folder)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("case", CASES)
def test_half_an_encoder_is_refused(case: Case, tmp_path: Path):
    folder, network = case.folder(tmp_path / "published", case.theirs()), case.ours()
    with (folder / "model.safetensors").open("rb") as file:
        state = safetensors.read(file)
    dropped = next(name for name in state if name.endswith((".q_bias", "query.bias", "qkv.bias", "q_proj.bias")))
    safetensors.write(folder / "model.safetensors", {name: state[name] for name in state if name != dropped}, {})
    with pytest.raises(UserError, match=r"leaves 1 tensor of .*'s encoder at the initial values, such as backbone\."):
        load_weights(network, folder)


@pytest.mark.parametrize("case", CASES)
def test_a_clip_of_another_size_is_refused(case: Case):
    case.theirs()
    with pytest.raises(UserError, match=r"of 4 x 32 x 32 \(frames, height, width\) was given 4 x 32 x 48"):
        case.ours()(torch.zeros(1, 3, FRAMES, SIDE, 48))


@pytest.mark.parametrize("case", CASES)
def test_as_many_parameters_as_theirs(case: Case):
    theirs, ours = case.theirs(), case.ours()
    unused = sum(each.numel() for name, each in theirs.named_parameters() if ".predictor." in name)
    count = sum(each.numel() for each in theirs.parameters()) - unused
    assert sum(each.numel() for each in ours.parameters()) == count


def test_pretraining_files_of_videomae_load_without_their_decoder(tmp_path: Path):
    library = pytest.importorskip("transformers")
    sizes = {**VIDEOMAE.sizes, "use_mean_pooling": False, "decoder_num_hidden_layers": 1, "decoder_hidden_size": 12}
    torch.manual_seed(0)
    theirs = library.VideoMAEForPreTraining(library.VideoMAEConfig(**sizes)).eval()
    folder, network = VIDEOMAE.folder(tmp_path / "published", theirs), VIDEOMAE.ours(attentive=True)
    report = load_weights(network, folder)
    assert not report.unexpected and all(name.startswith("head.") for name in report.missing)
    mine = dict(network.backbone.named_parameters())
    assert all(torch.equal(mine[name], each) for name, each in theirs.videomae.named_parameters() if name in mine)


def test_a_bias_of_the_keys_changes_nothing(tmp_path: Path):
    theirs = VIDEOMAE.theirs()
    folder, clips = VIDEOMAE.folder(tmp_path / "published", theirs), torch.randn(2, 3, FRAMES, SIDE, SIDE)
    with torch.no_grad():
        wanted = theirs(clips.transpose(1, 2)).logits
        for block in theirs.videomae.encoder.layer:  # as transformers before 5.18 had it
            key = block.attention.attention.key
            key.bias = nn.Parameter(torch.randn(len(key.weight)))
        torch.testing.assert_close(theirs(clips.transpose(1, 2)).logits, wanted, rtol=0, atol=NEAR)
    safetensors.write(folder / "model.safetensors", theirs.state_dict(), {})
    network = VIDEOMAE.ours()
    assert not load_weights(network, folder, min_share=1.0).unexpected
    with torch.no_grad():
        torch.testing.assert_close(network(clips), wanted, rtol=0, atol=NEAR)
