"""Weights that have more than the network are another network's: refused or said, with the config that they are for."""

from pathlib import Path

import pytest
import torch
from workplaces import CHOICE, MODEL

from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.config.load import load
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.models.weights import other_networks

TABLE = """
from pyvideoai.models.weights.table import Weights

weights = {{"published": Weights("https://example.org/{file}", licence="CC0-1.0")}}
"""


@pytest.fixture
def networks(workplace, monkeypatch):
    """-M small, -M big (with non-local blocks), -M bigger (and one block more), each with a published file."""
    for name, where in (
        ("small", ""),
        ("big", "'layer2.0', 'layer3.1'"),
        ("bigger", "'layer2.0', 'layer3.0', 'layer3.1'"),
    ):
        text = MODEL.lstrip() + TABLE.format(file=f"{name}.pth")
        if where:
            text = text.replace(
                "dropout=dropout", f"dropout=dropout, nonlocal_blocks=dict.fromkeys([{where}], NonLocal)"
            )
            text = text.replace('"""\n', '"""\nfrom pyvideoai.models.nonlocal_block import NonLocal\n', 1)
        (workplace / f"model_configs/{name}.py").write_text(text)
    monkeypatch.setattr(other_networks, "default_roots", lambda: (workplace,))
    return workplace


def save(path: str, model: str, **more: torch.Tensor) -> str:
    torch.manual_seed(0)
    state = load(CONTRACTS, "colours", model, "brief").model.load_model(2).state_dict()
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    torch.save({**state, **more}, path)
    return path


SURPLUS = (
    r"this network has no place for 26 tensors of the file \(such as layer2\.0\.nl\.theta\.weight\): it is of another"
)


def test_weights_to_be_scored_are_refused_and_the_likelier_config_named(networks):
    with pytest.raises(UserError, match=rf"^/.*x\.pth: {SURPLUS} one; likelier is -M big$") as error:
        eval_command.main([*CHOICE, "--weights", save("x.pth", "big")])
    assert "\n" not in str(error.value)


def test_a_published_name_is_refused_and_leaves_no_folder(networks):
    save("data/pretrained/small.pth", "big")
    with pytest.raises(UserError, match=SURPLUS):
        train_command.main([*CHOICE, "--set", "pretrained=published"])
    assert not list(Path("data").rglob("version_*"))


@pytest.mark.parametrize(
    ("name", "model", "said"),
    [
        ("mine.pth", "big", "it is of another one; likelier is -M big"),
        ("bigger.pth", "small", "WARNING: a file of this name is published for -M bigger, not for small"),
    ],
)
def test_a_file_of_one_s_own_is_loaded_with_a_warning(networks, capsys, name, model, said):
    assert train_command.main([*CHOICE, "--check", "--set", f"pretrained={save(name, model)}"]) == 0
    text = capsys.readouterr().out
    assert text.count("WARNING: ") == 1 and said in text and "loaded      102 of 102 tensors" in text


@pytest.mark.parametrize("extra", ["head.aux.weight", "fc.scale"])
def test_a_right_file_draws_no_warning_nor_does_another_head(networks, capsys, extra):
    source = save("small.pth", "small", **{extra: torch.zeros(2)})
    assert train_command.main([*CHOICE, "--check", "--set", f"pretrained={source}"]) == 0
    assert eval_command.main([*CHOICE, "--weights", source]) == 0
    assert "WARNING" not in capsys.readouterr().out


@pytest.mark.slow
def test_the_shipped_configs_are_told_apart_as_far_as_their_parameters_differ(tmp_path):
    torch.manual_seed(0)
    state = load(CONTRACTS, "motion", "i3dnonlocal_resnet50", "quickstart").model.load_model(9).state_dict()
    for name in ("mine.pth", "i3d_nonlocal_32x2_IN_pretrain_400k.pkl"):
        torch.save({"model": state}, tmp_path / name)
    alike = ["i3dnonlocal_resnet50", "i3dnonlocal_resnet50_vnl8x8", "i3dnonlocal_resnet50_vnl32x2"]
    assert other_networks.likelier_configs(tmp_path / "mine.pth") == alike
    assert other_networks.likelier_configs(tmp_path / "i3d_nonlocal_32x2_IN_pretrain_400k.pkl") == alike[2:]
