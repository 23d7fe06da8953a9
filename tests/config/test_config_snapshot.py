"""The snapshot: the same values, origins and errors from the saved files alone."""

import json

import pytest
from config_pieces import CONTRACTS

from pyvideoai.config.load import ConfigError, load, load_snapshot

IMPORT = "from pyvideoai.config import inherit\n"
CHILD = IMPORT + 'inherit("base", global_batch=16)\nmomentum = 0.5\n'


def told(config):
    return [(row.layer, row.name, getattr(row.value, "__name__", row.value), row.origin) for row in config.resolved()]


def test_a_round_trip_gives_the_same_values_and_origins(loaded, project, tmp_path):
    config = loaded({"exp_configs/e.py": CHILD}, "test_views.clips=10", "dataset.split=2")
    config.save(tmp_path / "configs")
    for path in (tmp_path / "project").rglob("*.py"):
        path.write_text("this is no longer what ran")
    again = load_snapshot(CONTRACTS, tmp_path / "configs")
    assert told(again) == told(config)
    assert (again.names, again.folder_name) == (("d", "m", "e"), config.folder_name)
    assert again.exp.optimiser("net") == config.exp.optimiser("net")
    assert (tmp_path / "configs/resolved.txt").read_text() == config.table() + "\n"


def test_it_keeps_the_text_that_ran_though_the_file_changes_before_saving(loaded, tmp_path):
    config = loaded({"exp_configs/e.py": CHILD}).execute()
    (tmp_path / "project/exp_configs/e.py").write_text(CHILD + "seed = 9\n")
    config.save(tmp_path / "configs")
    assert load_snapshot(CONTRACTS, tmp_path / "configs").exp.seed == 0


def test_new_overrides_go_before_the_saved_ones(loaded, tmp_path):
    loaded({}, "num_epochs=3", "seed=1").save(tmp_path / "configs")
    again = load_snapshot(CONTRACTS, tmp_path / "configs", ["exp.num_epochs=5"])
    assert (again.exp.num_epochs, again.exp.seed) == (5, 1)
    assert [each.typed for each in again.overrides] == ["seed=1", "exp.num_epochs=5"]


def test_a_hidden_base_and_an_untaken_branch_are_kept(project, tmp_path):
    child = (
        IMPORT + "from pyvideoai.config import dataset_cfg\n"
        'if dataset_cfg.split == 2:\n    inherit("other")\nelse:\n    inherit("base", seed=3)\n'
    )
    mine = project({"exp_configs/base.py": child}, root="mine", base={})
    theirs = project({"exp_configs/other.py": IMPORT + 'inherit("base", seed=4)\n'}, root="theirs")
    load(CONTRACTS, "d", "m", "base", roots=[mine, theirs]).save(tmp_path / "configs")
    assert (tmp_path / "configs/hidden_1/exp_configs/base.py").exists()
    assert load_snapshot(CONTRACTS, tmp_path / "configs").exp.seed == 3
    assert load_snapshot(CONTRACTS, tmp_path / "configs", ["dataset.split=2"]).exp.seed == 4


def test_a_snapshot_of_a_snapshot_is_the_same(loaded, tmp_path):
    loaded({"exp_configs/e.py": CHILD}, "seed=2").save(tmp_path / "first")
    load_snapshot(CONTRACTS, tmp_path / "first").save(tmp_path / "second")
    assert told(load_snapshot(CONTRACTS, tmp_path / "second")) == told(load_snapshot(CONTRACTS, tmp_path / "first"))


def test_it_says_where_the_files_came_from(loaded, tmp_path):
    loaded().save(tmp_path / "configs")
    files = json.loads((tmp_path / "configs/overrides.json").read_text())["files"]
    assert files["exp_configs/base.py"] == str(tmp_path / "project/exp_configs/base.py")


def test_a_secret_of_the_environment_is_kept_by_its_name_and_used_by_its_value(loaded, tmp_path, monkeypatch):
    monkeypatch.setenv("PLACE_TOKEN", "qwerty-very-secret")
    typed = ["pretrained=https://example.org/qwerty-very-secret/x.pth", "dataset.root=qwerty-very-secret"]
    config = loaded({}, *typed)
    config.save(tmp_path / "configs")
    written = [path.read_text() for path in (tmp_path / "configs").rglob("*") if path.is_file()]
    assert written and not [text for text in written if "qwerty" in text] and "qwerty" not in config.folder_name
    again = load_snapshot(CONTRACTS, tmp_path / "configs")
    for each in (config, again):
        assert each.exp.pretrained == "https://example.org/qwerty-very-secret/x.pth"
        assert str(each.dataset.root) == "qwerty-very-secret"
    assert again.folder_name == config.folder_name
    monkeypatch.delenv("PLACE_TOKEN")
    assert str(load_snapshot(CONTRACTS, tmp_path / "configs").dataset.root) == "$PLACE_TOKEN"


def test_a_folder_without_a_snapshot_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"no snapshot of configs here \(overrides.json is missing\)"):
        load_snapshot(CONTRACTS, tmp_path)
    (tmp_path / "overrides.json").write_text("{")
    with pytest.raises(ConfigError, match=r"overrides\.json: cannot be read"):
        load_snapshot(CONTRACTS, tmp_path)
