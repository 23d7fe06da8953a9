"""Files of video encoders, and what is said where they or transformers are missing. None of it needs transformers."""

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest
from encoder_cases import IMAGENET

from pyvideoai.config.load import load_layer
from pyvideoai.errors import UserError
from pyvideoai.models.encoders import encoder
from pyvideoai.models.encoders.optional import transformers
from pyvideoai.models.encoders.sizes import beside, differences, other_statistics, read_sizes
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.settings import MODEL
from pyvideoai.models.weights.find import find
from pyvideoai.models.weights.names import rename


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
    path.write_text(json.dumps({"model_type": "videoprism", "vision_config": 3}))
    with pytest.raises(UserError, match=r"model_type is 'videoprism', and the network's is 'videoprism_vision_model'"):
        read_sizes(path, "videoprism_vision_model")
    for text in ("not json", "[" * 100_000):
        path.write_text(text)
        with pytest.raises(UserError, match=r"config.json can't be read as a config.json of transformers: "):
            read_sizes(path, "videomae")


def test_a_config_can_t_name_code_to_be_fetched(tmp_path: Path):
    named = {"attn_implementation": "a/b", "_attn_implementation": "a/b", "auto_map": {}, "quantization_config": {}}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "videomae", "hidden_size": 8, **named}))
    assert read_sizes(tmp_path / "config.json", "videomae") == {"model_type": "videomae", "hidden_size": 8}


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


def test_a_revision_of_the_hub_is_another_file(tmp_path: Path):
    told = "put https://huggingface.co/MCG-NJU/x/resolve/6c8bf65/config.json at .*MCG-NJU--x--6c8bf65--config.json"
    with pytest.raises(UserError, match=told):
        find("hub:MCG-NJU/x@6c8bf65", {}, folder=tmp_path, offline=True)
    for revision in ("", "a/b", "..", "a--b"):
        with pytest.raises(UserError, match="names no revision; write hub:MCG-NJU/x@ and a commit or a tag"):
            find(f"hub:MCG-NJU/x@{revision}", {}, folder=tmp_path, offline=True)


@pytest.mark.parametrize("name", ["x", "a/b/c", "../..", "a/..b", "a--b/c", "a/b--c", "ä/b"])
def test_what_is_no_name_of_the_hub_is_refused(name: str, tmp_path: Path):
    with pytest.raises(UserError, match=f"'hub:{name}' names no repository of the hub; write hub:owner/repository"):
        find(f"hub:{name}", {}, folder=tmp_path, offline=True)


def test_weights_of_any_name_have_the_config_of_their_folder(tmp_path: Path):
    (tmp_path / "config.json").touch()
    for name in ("model.safetensors", "fine_tuned.safetensors", "pytorch_model.safetensors"):
        assert beside(tmp_path / name) == tmp_path / "config.json"
    for name in ("MCG-NJU--x--model.safetensors", "epoch_0001.pth"):
        assert beside(tmp_path / name) is None
