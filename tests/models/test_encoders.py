"""Video encoders of transformers: the same logits as its own processor and network, from files in the published layout.

What needs transformers skips without it: pip install 'pyvideoai[transformers]'.
"""

import importlib.metadata
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import StochasticDepth

from pyvideoai.config.load import load_layer
from pyvideoai.data.resize import Cutter
from pyvideoai.data.to_input import ToInput
from pyvideoai.data.views import Views
from pyvideoai.errors import UserError
from pyvideoai.features.cut import Cut
from pyvideoai.models.encoders import VideoEncoder, encoder
from pyvideoai.models.encoders.library import transformers
from pyvideoai.models.encoders.sizes import beside, differences, other_statistics, read_sizes
from pyvideoai.models.frames import AttentiveHead
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.settings import MODEL
from pyvideoai.models.stages import stages
from pyvideoai.models.weights import safetensors
from pyvideoai.models.weights.find import find
from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.names import rename
from pyvideoai.models.weights.other_networks import surplus
from pyvideoai.optim.freezing import freeze
from pyvideoai.optim.parameter_groups import groups

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
SIZES = {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 40, "patch_size": 8}
CLASSES, FRAMES, SIDE = 5, 4, 32
BILINEAR = 2  # of Pillow
SQUARE = {"height": SIDE, "width": SIDE}
NEAR = 2e-5


@dataclass
class Case:
    """A family: the classes of transformers, what config.json says, and how published files name tensors.

    frame: height and width of the pictures. scale: their short side after the resize. The resize gives whole numbers,
    and the crop begins at whole pixels of the source, so that two ways of cutting have the same pixels.
    """

    name: str
    classes: str
    sizes: dict
    depths: dict
    config: str = ""
    published: Callable[[str], str] = lambda name: name
    statistics: tuple = IMAGENET
    frame: tuple[int, int] = (48, 72)
    scale: int = SIDE
    processor: Callable | None = None

    def theirs(self, **changes) -> nn.Module:
        """Return their network with seeded weights, also where they start at zero."""
        library = pytest.importorskip("transformers")
        torch.manual_seed(0)
        config = getattr(library, f"{self.classes}{self.config}Config")(num_labels=CLASSES, **{**self.sizes, **changes})
        network = getattr(library, f"{self.classes}ForVideoClassification")(config).eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
        return network

    def folder(self, path: Path, network: nn.Module) -> Path:
        """Write a folder as it is published: config.json, the processor's settings, and weights by the old names."""
        path.mkdir()
        state = {self.published(name): tensor for name, tensor in network.state_dict().items()}
        safetensors.write(path / "model.safetensors", state, {"format": "pt"})
        network.config.save_pretrained(path)
        return path

    def ours(self, **options) -> VideoEncoder:
        sizes = {**self.sizes}
        for name in ("num_frames", "image_size", "frames_per_clip", "crop_size"):
            sizes.pop(name, None)
        torch.manual_seed(1)
        return encoder(self.name, CLASSES, **{"frames": FRAMES, "size": SIDE, **sizes, **options}).eval()


def published_videomae(name: str) -> str:
    return name.replace("attention.query.bias", "attention.q_bias").replace("attention.value.bias", "attention.v_bias")


def of_videomae(library, **options):
    return library.VideoMAEVideoProcessor(size={"shortest_edge": SIDE}, crop_size=SQUARE, **options)


def of_vjepa2(library, **options):
    return library.VJEPA2VideoProcessor(crop_size=SIDE, **options)  # resizes to 36


def of_videoprism(library, **options):
    # transformers names no processor of frames for it; the settings are those of its VideoPrismProcessor
    return library.LlavaOnevisionVideoProcessor(size=SQUARE, do_normalize=False, resample=BILINEAR)


def of_timesformer(library, **options):
    return library.TimesformerVideoProcessor(size={"shortest_edge": SIDE}, crop_size=SQUARE, **options)


BLOCKS = {"encoder.layer": 3}
VIDEOMAE = Case(
    "videomae",
    "VideoMAE",
    {**SIZES, "num_frames": FRAMES, "image_size": SIDE},
    BLOCKS,
    published=published_videomae,
    processor=of_videomae,
)
PREDICTOR = {"pred_hidden_size": 12, "pred_num_attention_heads": 2, "pred_num_hidden_layers": 1}
VJEPA2 = Case(
    "vjepa2",
    "VJEPA2",
    {
        **{name: SIZES[name] for name in ("hidden_size", "num_hidden_layers", "num_attention_heads", "patch_size")},
        **{"frames_per_clip": FRAMES, "crop_size": SIDE, "mlp_ratio": 2, "num_pooler_layers": 2, **PREDICTOR},
    },
    {"layer": 3},
    frame=(54, 72),
    scale=36,
    processor=of_vjepa2,
)
VIDEOPRISM = Case(
    "videoprism",
    "VideoPrism",
    {
        **{name: SIZES[name] for name in ("hidden_size", "num_attention_heads", "intermediate_size")},
        **{"num_frames": FRAMES, "image_size": SIDE, "tubelet_size": [1, 8, 8]},
        **{"num_spatial_layers": 3, "num_temporal_layers": 2},
    },
    {"spatial_layers": 3, "temporal_layers": 2},
    config="Vision",
    statistics=([0.0] * 3, [1.0] * 3),
    frame=(48, 48),  # its processor squeezes whole frames to a square
    processor=of_videoprism,
)
TIMESFORMER = Case(
    "timesformer",
    "Timesformer",
    {**SIZES, "num_frames": FRAMES, "image_size": SIDE},
    BLOCKS,
    statistics=([0.45] * 3, [0.225] * 3),
    processor=of_timesformer,
)
CASES = [pytest.param(each, id=each.name) for each in (VIDEOMAE, VJEPA2, VIDEOPRISM, TIMESFORMER)]


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


# What follows needs no transformers.


def test_transformers_is_an_extra(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    wanted = r"^VideoMAE comes from transformers, which is missing: pip install 'pyvideoai\[transformers\]'$"
    with pytest.raises(UserError, match=wanted):
        encoder("videomae", 3, frames=4, size=32)


@pytest.mark.parametrize("version", ["4.57.6", "5.12.0", "5.17.0"])
def test_versions_that_leave_biases_at_zero_are_refused(version: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    with pytest.raises(UserError, match=f"^VideoMAE needs transformers 5.18 or later, and {version} is installed: pip"):
        transformers("VideoMAE")


def test_a_config_and_its_page_need_no_transformers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert load_layer(MODEL, "videomae_base").weights["kinetics400"].licence == "CC-BY-NC 4.0"


def test_an_unknown_family_is_refused():
    with pytest.raises(UserError, match="no video encoder 'videomea'; did you mean 'videomae'"):
        encoder("videomea", 3, frames=4, size=32)


def test_published_names_of_videomae():
    start = "videomae.encoder.layer.0.attention.attention"
    names = [f"{start}.query.weight", f"{start}.q_bias", f"{start}.v_bias", "fc_norm.bias", "classifier.weight"]
    inner = "backbone.encoder.layer.0.attention.attention"
    own = [f"{inner}.query.weight", f"{inner}.query.bias", f"{inner}.value.bias", "head.fc_norm.bias"]
    own.append("head.classifier.weight")
    assert list(rename(names, own).ours.values()) == own
    decoder = ["decoder.norm.weight", "mask_token"]
    assert rename([*names, *decoder], own).training_state == decoder


def test_a_config_of_another_kind_is_refused(tmp_path: Path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "vivit"}))
    with pytest.raises(UserError, match=r"config.json: model_type is 'vivit', and the network's is 'videomae'"):
        read_sizes(path, "videomae")
    path.write_text("not json")
    with pytest.raises(UserError, match=r"config.json can't be read as a config.json of transformers: "):
        read_sizes(path, "videomae")


def test_sizes_are_compared_as_far_as_both_name_them():
    ours, theirs = {"hidden_size": 8, "tubelet_size": (1, 18, 18)}, {"hidden_size": 9, "tubelet_size": [1, 18, 18]}
    assert differences(ours, {**theirs, "hidden_act": "relu"}) == ["hidden_size is 9 and not 8"]


def test_other_statistics_of_the_processor_are_told(tmp_path: Path):
    weights, normalise = tmp_path / "model.safetensors", Normalise((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
    assert other_statistics(weights, normalise) == []
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps({"image_mean": IMAGENET[0], "image_std": IMAGENET[1]}))
    assert other_statistics(weights, normalise) == []
    path.write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.5] * 3}))
    told = f"{path} has mean and deviation {', '.join(['127.5'] * 6)}, not those of model.normalise"
    assert other_statistics(weights, normalise) == [told]


def test_a_folder_of_transformers_has_one_file_of_safetensors(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"PK\x03\x04")
    with pytest.raises(UserError, match=r"weights are read from one .safetensors file, and there is none"):
        find(tmp_path, {})
    for part in (1, 2):
        (tmp_path / f"model-0000{part}-of-00002.safetensors").touch()
    with pytest.raises(UserError, match=r"and there is 2 of them: .*max_shard_size"):
        find(tmp_path, {})


def test_weights_of_the_hub_are_kept_under_their_repository(tmp_path: Path):
    with pytest.raises(
        UserError, match=r"we are offline: put https://huggingface.co/MCG-NJU/x/resolve/main/config.json"
    ):
        find("hub:MCG-NJU/x", {}, folder=tmp_path, offline=True)
    for file in ("config.json", "model.safetensors"):
        (tmp_path / f"MCG-NJU--x--{file}").touch()
    path = find("hub:MCG-NJU/x", {}, folder=tmp_path, offline=True).path
    assert path.name == "MCG-NJU--x--model.safetensors" and beside(path) == tmp_path / "MCG-NJU--x--config.json"
    with pytest.raises(UserError, match="'hub:x' names no repository of the hub; write hub:owner/repository"):
        find("hub:x", {}, folder=tmp_path)
