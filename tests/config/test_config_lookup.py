"""Which file a name means: the current directory's before the repository's, one pair's before the general one."""

from pathlib import Path

import pytest
from config_pieces import CONTRACTS, MODEL

from pyvideoai.config.load import ConfigError, load, load_layer
from pyvideoai.config.lookup import default_roots

EXPERIMENT = "seed = {seed}\nnum_epochs = 1\ndef optimiser(model):\n    return model\n"
IMPORT = "from pyvideoai.config import inherit\n"


def seed_of(*roots: Path, experiment: str = "e") -> int:
    return load(CONTRACTS, "d", "m", experiment, roots=roots).exp.seed


def test_one_pairs_experiment_goes_before_the_general_one(project):
    root = project({"exp_configs/e.py": EXPERIMENT.format(seed=1), "exp_configs/d/m-e.py": EXPERIMENT.format(seed=2)})
    assert seed_of(root) == 2


def test_another_pairs_experiment_is_not_taken(project):
    root = project(
        {"exp_configs/e.py": EXPERIMENT.format(seed=1), "exp_configs/d/other-e.py": EXPERIMENT.format(seed=2)}
    )
    assert seed_of(root) == 1


def test_the_first_roots_general_one_goes_before_the_seconds_pair(project):
    mine = project({"exp_configs/e.py": EXPERIMENT.format(seed=1)}, root="mine", base={})
    theirs = project({"exp_configs/d/m-e.py": EXPERIMENT.format(seed=2)}, root="theirs")
    assert seed_of(mine, theirs) == 1


def test_an_experiment_may_inherit_the_one_that_it_hides(project):
    files = {
        "exp_configs/d/m-e.py": IMPORT + 'inherit("e", seed=seed + 1)\n',
        "exp_configs/e.py": EXPERIMENT.format(seed=5),
    }
    mine = project({"exp_configs/d/m-e.py": IMPORT + 'inherit("e", seed=3)\n'}, root="mine", base={})
    assert seed_of(mine, project(files, root="theirs")) == 3
    config = load(CONTRACTS, "d", "m", "e", roots=[mine, mine.parent / "theirs"])
    assert [Path(path).parent.parent.parent.name for layer, path in config.found if layer == "experiment"] == ["mine"]


def test_a_base_in_a_folder_is_named_by_its_path(project):
    files = {
        "exp_configs/other/net-x.py": EXPERIMENT.format(seed=7),
        "exp_configs/e.py": IMPORT + 'inherit("other/net-x")\n',
    }
    assert seed_of(project(files)) == 7


def test_the_current_directory_comes_before_the_repository(monkeypatch, tmp_path):
    import pyvideoai

    monkeypatch.chdir(tmp_path)
    assert default_roots() == (tmp_path.resolve(), Path(pyvideoai.__file__).resolve().parents[1])
    monkeypatch.chdir(default_roots()[1])
    assert len(default_roots()) == 1


def test_hidden_files_are_labelled_in_full(project):
    mine = project({"exp_configs/base.py": IMPORT + 'inherit("base")\nglobal_batch = 1\n'}, root="mine", base={})
    theirs = project(root="theirs")
    with pytest.raises(ConfigError) as caught:
        load(CONTRACTS, "d", "m", "base", roots=[mine, theirs]).execute()
    used = f"global_batch was already used at {theirs / 'exp_configs/base.py'}:5"
    assert str(caught.value) == f'exp_configs/base.py:3: {used}; write inherit("base", global_batch=...)'


def test_a_file_that_is_not_text_is_refused(project):
    root = project()
    (root / "exp_configs/e.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"exp_configs/e\.py: cannot be read"):
        load(CONTRACTS, "d", "m", "e", roots=[root])


def test_underscored_files_are_bases_only(project):
    files = {"exp_configs/_parts.py": EXPERIMENT.format(seed=3), "exp_configs/e.py": IMPORT + 'inherit("_parts")\n'}
    root = project(files)
    assert seed_of(root) == 3
    with pytest.raises(ConfigError, match=r"no exp_configs/parts\.py; there are: base, e$"):
        seed_of(root, experiment="parts")


def test_a_layer_by_itself(project):
    layer = load_layer(MODEL, "m", ["dropout=0", "model.clip.0=4"], roots=[project()])
    assert (layer.dropout, layer.clip, layer.load_model(3)) == (0.0, (4, 8), 3)
    with pytest.raises(ConfigError, match="only model settings can be set here"):
        load_layer(MODEL, "m", ["dataset.split=2"], roots=[project()])
