"""What a loaded config hands out: canonical values, defaults, hooks, origins, tables, folder names."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from config_pieces import CONTRACTS, Dense, Jitter, Views

from pyvideoai.config import ConfigError
from pyvideoai.config.contract import Setting
from pyvideoai.config.load import load
from pyvideoai.config.values.help import help_text
from pyvideoai.config.values.kinds import Range, describe, fit
from pyvideoai.config.values.naming import folder_name
from pyvideoai.config.values.overrides import meaning

IMPORT = "from pyvideoai.config import inherit\n"
PIECES = "from config_pieces import Dense, Jitter, Views\n"


def test_values_are_canonical_for_the_program_and_for_the_config_itself(exp):
    text = (
        PIECES + IMPORT + 'inherit("base")\nbetas = [0, 1]\ntrain_pixels = [Jitter(1, 2)]\nmomentum = 1\n'
        "_kept = betas\ndef loss(logits, target):\n    return _kept, betas, momentum\n"
    )
    config = exp(text)
    assert config.exp.betas == (0.0, 1.0) and isinstance(config.exp.betas[0], float)
    assert config.exp.train_pixels == (Jitter(1.0, 2.0),) and isinstance(config.exp.train_pixels[0].low, float)
    assert config.exp.loss(0, 0) == ((0.0, 1.0), (0.0, 1.0), 1.0)
    assert config.dataset.root == Path("data/d")


def test_a_path_is_one_as_soon_as_it_is_set(loaded):
    dataset = 'root = "data"\nval_share = 0.1 * len(root.parts)\ndef classes():\n    return root / "x"\n'
    config = loaded({"dataset_configs/d.py": dataset}, "dataset.root=~/videos")
    assert config.dataset.classes() == Path.home() / "videos" / "x"
    assert config.dataset.val_share == pytest.approx(0.1 * len((Path.home() / "videos").parts))


def test_what_is_not_said_has_its_default_for_program_and_hooks(exp):
    text = IMPORT + 'inherit("base")\ndef loss(logits, target):\n    return seed, workers\n'
    layer = exp(text).exp
    assert (layer.seed, layer.workers, layer.pretrained) == (0, "auto", None)
    assert layer.loss(0, 0) == (0, "auto")


def test_absent_hooks_are_none_and_other_names_are_errors(loaded):
    layer = loaded().exp
    assert layer.lr_factor is None and callable(layer.optimiser)
    with pytest.raises(AttributeError, match="did you mean 'global_batch'"):
        layer.globalbatch  # noqa: B018
    with pytest.raises(AttributeError, match="does not change"):
        layer.global_batch = 3


def test_defaults_are_not_shared_between_configs(project):
    root = project({"model_configs/m.py": "clip = 8, 8\ndef load_model(num_classes):\n    return weights\n"})
    first, second = (load(CONTRACTS, "d", "m", "e", roots=[root]) for _ in range(2))
    first.model.weights["added"] = Path("x")
    assert second.model.weights == {} and CONTRACTS[1]["weights"].default == {}


def test_layers_run_one_after_the_other_and_only_when_asked_for(loaded, tmp_path):
    mark = f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).open('a').write(__file__[-4:-3])\n"
    files = {
        "dataset_configs/d.py": mark + 'root = "x"\ndef classes():\n    return []\n',
        "model_configs/m.py": mark + "clip = 8, 8\ndef load_model(num_classes):\n    return 1\n",
        "exp_configs/e.py": mark + "num_epochs = 1\ndef optimiser(model):\n    return 1\n",
    }
    config, ran = loaded(files), tmp_path / "ran"
    assert not ran.exists()
    assert config.dataset.split == 1 and ran.read_text() == "d"
    assert config.exp.num_epochs == 1 and ran.read_text() == "dme"
    config.execute()
    assert ran.read_text() == "dme"


def test_resolved_says_where_everything_comes_from(loaded):
    child = IMPORT + 'inherit("base", global_batch=16)\nmomentum = 0.5\n'
    config = loaded({"exp_configs/e.py": child}, "num_epochs=3", "test_views.clips=10", "dataset.split=2")
    origins = {(row.layer, row.name): row.origin for row in config.resolved()}
    values = {row.name: row.value for row in config.resolved()}
    assert origins["experiment", "global_batch"] == "exp_configs/e.py:2"
    assert origins["experiment", "momentum"] == "exp_configs/e.py:3"
    assert origins["experiment", "learning_rate"] == "exp_configs/base.py:5"
    assert origins["experiment", "optimiser"] == "exp_configs/base.py:9"
    assert origins["experiment", "num_epochs"] == origins["dataset", "split"] == "--set"
    assert origins["experiment", "test_views"] == "exp_configs/base.py:7, --set"
    assert origins["experiment", "seed"] == origins["model", "dropout"] == "default"
    assert ("experiment", "lr_factor") not in origins
    assert values["test_views"] == Views(10) and values["train_clip"] == Dense(8, 8)


def test_the_table_is_grouped_and_aligned(loaded):
    child = PIECES + IMPORT + 'inherit("base")\ntrain_pixels = [Jitter(1, 2), Jitter(3, 4)]\n'
    lines = loaded({"exp_configs/e.py": child}, "dataset.split=2").table().splitlines()
    assert lines[0] == "dataset: dataset_configs/d.py"
    assert "model: model_configs/m.py" in lines and "experiment: exp_configs/e.py" in lines
    columns = {line.index("exp_configs/base.py:") for line in lines if "exp_configs/base.py:" in line}
    assert len(columns) == 1
    rows = {line.split()[0]: line.split()[1:] for line in lines if line}
    assert rows["split"] == ["2", "--set"] and rows["root"] == ["'data/d'", "line", "1"]
    assert rows["optimiser"] == ["optimiser(...)", "exp_configs/base.py:9"]
    assert rows["train_pixels"] == ["Jitter(low=1.0,", "high=2.0)", "line", "4"]
    assert rows["Jitter(low=3.0,"] == ["high=4.0)"]


def test_no_overrides_no_folder(loaded):
    assert loaded().folder_name == ""
    assert loaded({}, "workers=2", "dataset.root=elsewhere").folder_name == ""


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["learning_rate=3e-4", "dataset.split=2"], "learning_rate=0.0003,split=2"),
        (["dataset.split=2", "exp.learning_rate=0.0003"], "learning_rate=0.0003,split=2"),
        (["learning_rate=1"], "learning_rate=1.0"),
        (["model.dropout=0"], "dropout=0.0"),
        (["test_views.clips=10"], "test_views.clips=10"),
        (["train_clip.short=clamp", "train_clip.frames=0x10"], "train_clip.frames=16,train_clip.short=clamp"),
        (["betas=[0.5, 1]"], "betas=(0.5,1.0)"),
        (["betas.0=0"], "betas.0=0.0"),
        (["pretrained=None"], "pretrained=None"),
        (["pretrained='None'"], "pretrained=%27None%27"),
        (["pretrained=kinetics400"], "pretrained=kinetics400"),
        (["pretrained=b c.pth"], "pretrained=b%20c.pth"),
        (["pretrained=/a/b.pth"], "pretrained=b~a88571"),
        (["pretrained=a/b c.tar.pth"], "pretrained=b%20c.tar~f3a5ef"),
        (["pretrained=runs/lr=0.01/"], "pretrained=lr%3d0.01~9582b3"),
        (["pretrained=./a/../kinetics400"], "pretrained=kinetics400~067dfa"),
        (["pretrained=a,seed=2"], "pretrained=a%2cseed%3d2"),
        (["deterministic=True", "amp=bf16"], "amp=bf16,deterministic=True"),
    ],
)
def test_folder_names_are_canonical(loaded, overrides, expected):
    assert loaded({}, *overrides).folder_name == expected


def test_two_files_of_one_name_have_two_folders_and_one_file_has_one(loaded):
    places = ("/a/b.pth", "/c/b.pth", "c/b.pth", "c/b.pyth", "./b.pth", "b.pth", "b")
    names = [loaded({}, f"pretrained={place}").folder_name for place in places]
    assert len(set(names)) == len(names) and all(name.startswith("pretrained=b") for name in names)
    assert loaded({}, "pretrained=x/../c//b.pth").folder_name == names[2]


def test_long_folder_names_are_hashed_and_differ():
    first, second = (folder_name([("pretrained", "x" * 100 + each)]) for each in "ab")
    assert len(first) == len(second) == 80 and first != second
    assert folder_name([("pretrained", "x" * 100 + "a")]) == first
    assert len(folder_name([("pretrained", "x" * 69)])) == 80 and "~" not in folder_name([("pretrained", "x" * 69)])


@pytest.mark.parametrize(
    ("override", "name", "value"),
    [
        ("pretrained=None", "pretrained", None),
        ("pretrained=kinetics400", "pretrained", "kinetics400"),
        ("pretrained=123", "pretrained", "123"),
        ("pretrained=../a/b.pth", "pretrained", "../a/b.pth"),
        ("amp=bf16", "amp", "bf16"),
        ("amp='bf16'", "amp", "bf16"),
        ("workers=auto", "workers", "auto"),
        ("workers=3", "workers", 3),
        (" seed = 4 ", "seed", 4),
        ("deterministic=True", "deterministic", True),
        ("learning_rate=1e-4", "learning_rate", 1e-4),
        ("betas=(0.1, 0.2)", "betas", (0.1, 0.2)),
        ("test_views.average=logits", "test_views", Views(5, average="logits")),
        ("train_clip.stride=2", "train_clip", Dense(8, 2)),
        ("betas.1=0.5", "betas", (0.9, 0.5)),
    ],
)
def test_what_an_override_means(loaded, override, name, value):
    assert getattr(loaded({}, override).exp, name) == value


def test_an_override_of_a_field_reaches_what_derives_from_it(exp):
    settings = "num_epochs = 1\ntest_views = Views(5)\nseed = test_views.clips\n"
    text = PIECES + settings + "def optimiser(model):\n    return test_views\n"
    layer = exp(text, "test_views.clips=10").exp
    assert layer.seed == 10 and layer.optimiser("net").clips == 10


def test_an_override_of_a_default_s_field_reaches_what_derives_from_it(exp):
    text = "num_epochs = test_views.clips\ndef optimiser(model):\n    return test_views\n"
    layer = exp(text, "test_views.clips=10").exp
    assert layer.num_epochs == 10 and layer.optimiser("net").clips == 10


@pytest.mark.parametrize(
    "text",
    [
        'test_views = Views(**{"clips": 3})\n',
        "_Made = Views\ndef Views(number):\n    return _Made(number)\ntest_views = Views(number=3)\n",
    ],
)
def test_value_objects_that_only_running_makes(exp, text):
    whole = PIECES + text + "num_epochs = 1\ndef optimiser(model):\n    return 1\n"
    assert exp(whole).exp.test_views == Views(3)


def test_names_that_two_layers_have_keep_their_layer(project):
    dataset = replace(CONTRACTS[0], entries=(*CONTRACTS[0].entries, Setting("seed", int, "Of the dataset.", 0)))
    overrides = ["seed=1", "dataset.seed=1", "dataset.split=2"]
    config = load((dataset, *CONTRACTS[1:]), "d", "m", "e", overrides, roots=[project()])
    assert config.folder_name == "dataset.seed=1,experiment.seed=1,split=2"


def test_a_class_body_may_use_its_own_names(exp):
    text = "num_epochs = 1\nclass Net:\n    momentum = 0.5\n    twice = 2 * momentum\n"
    assert exp(text + "def optimiser(model):\n    return Net.twice\n").exp.optimiser("net") == 1.0


def test_overrides_of_the_other_layers(loaded):
    model = "clip = 8, 8\nweights = {'a': 'x'}\ndef load_model(num_classes):\n    return 1\n"
    overrides = ["model.dropout=0", "model.clip.0=16", "model.weights.a=y", "dataset.root=../x"]
    config = loaded({"model_configs/m.py": model}, *overrides)
    assert (config.model.dropout, config.model.clip, config.model.weights) == (0.0, (16, 8), {"a": Path("y")})
    assert config.dataset.root == Path("../x") and config.exp.train_clip.frames == 16


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [(3, float | int, 3), ("a", Path | str, "a"), ("a", Path | None, Path("a")), (1, Literal[True, 1], 1)],
)
def test_of_a_union_the_member_that_needs_no_conversion_wins(value, kind, expected):
    assert fit(value, kind) == expected and type(fit(value, kind)) is type(expected)


@pytest.mark.parametrize(
    ("text", "kind", "expected"), [("1", Literal["1", "2"], "1"), ("1", Literal[1, 2], 1), ("None", str, "None")]
)
def test_what_text_means_depends_on_the_kind(text, kind, expected):
    assert meaning(text, kind) == expected


def test_help_lists_every_setting_and_hook_with_its_documentation():
    text = help_text(CONTRACTS)
    for contract in CONTRACTS:
        for entry in contract.entries:
            assert entry.name in text and entry.doc in text
    assert "global_batch: an int of at least 1; default 8" in text
    assert "def optimiser(model): required" in text


@pytest.mark.parametrize(
    ("kind", "limits", "expected"),
    [
        (int | None, Range(1), "an int of at least 1 or None"),
        (tuple[float, ...], Range(0, 1), "a list, each a float from 0 to 1"),
        (dict[str, Views], Range(), "a dict of text to a Views"),
        (float, Range(None, 3), "a float of at most 3"),
    ],
)
def test_kinds_in_words(kind, limits, expected):
    assert describe(kind, limits) == expected


def test_fields_that_depend_on_each_other_are_set_one_after_the_other(exp):
    text = PIECES + IMPORT + 'inherit("base")\ntrain_pixels = [Jitter(5, 7)]\n'
    changed = exp(text, "train_pixels.0.low=1", "train_pixels.0.high=2").exp
    assert changed.train_pixels == (Jitter(1, 2),)
    with pytest.raises(ConfigError, match=r"--set train_pixels\.0\.high=2: low = 5\.0 is above high = 2"):
        exp(text, "train_pixels.0.high=2", "train_pixels.0.low=1")
