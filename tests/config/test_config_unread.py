"""`--set` of what no config reads is refused, before anything runs."""

from pathlib import Path

import pytest

from pyvideoai.config.errors import ConfigError
from pyvideoai.config.load import load, load_layer
from pyvideoai.data.settings import DATASET
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.models.settings import MODEL


@pytest.mark.parametrize(
    ("model", "experiment", "override", "message"),
    [
        ("r3d_18", "quickstart", "model.width=32", "model_configs/r3d_18.py never reads width"),
        ("i3d_tiny", "quickstart", "momentum=0.8", "exp_configs/quickstart.py never reads momentum"),
        ("i3d_resnet50", "crop224_plateau", "model.size=112", "i3d_resnet50.py never reads size"),
        ("i3d_tiny", "quickstart_clips", "layer_decay=0.5", "quickstart_clips.py never reads layer_decay"),
        ("i3d_tiny", "quickstart", "dataset.split=2", "dataset_configs/motion.py never reads split; it would change"),
        ("i3d_tiny", "quickstart", "dataset.frames=True", "dataset_configs/motion.py never reads frames; it would"),
        (
            "i3d_tiny",
            "quickstart",
            "dataset.annotations=lists",
            "dataset_configs/motion.py never reads annotations; it",
        ),
    ],
)
def test_what_nothing_reads_can_not_be_set(model, experiment, override, message):
    with pytest.raises(ConfigError) as error:
        load(CONTRACTS, "motion", model, experiment, [override])
    assert str(error.value).startswith(f"--set {override}: ") and message in str(error.value)


@pytest.mark.parametrize(
    ("experiment", "override"),
    [
        ("quickstart", "model.size=32"),  # by the experiment
        ("quickstart", "model.width=8"),  # in a hook
        ("quickstart_clips", "warmup_epochs=2"),  # by a base
        ("quickstart", "label_smoothing=0.1"),  # by the framework
    ],
)
def test_what_something_reads_can(experiment, override):
    load(CONTRACTS, "motion", "i3d_tiny", experiment, [override])


@pytest.mark.parametrize("name", ["folder", "table"])
@pytest.mark.parametrize("setting", ["split=2", "frames=True"])
def test_a_folder_and_a_table_have_no_official_splits(name, setting):
    """By itself too, as tools/datasets loads it; where the videos lie may always be said."""
    for make in (
        lambda typed: load(CONTRACTS, name, "i3d_tiny", "quickstart", [typed]),
        lambda typed: load_layer(DATASET, name, [typed]),
    ):
        with pytest.raises(ConfigError) as error:
            make(f"dataset.{setting}")
        assert f"dataset_configs/{name}.py never reads {setting.partition('=')[0]}; it would" in str(error.value)
        make("dataset.root=elsewhere")
        if name == "table":
            make("dataset.annotations=lists")


@pytest.mark.parametrize(("name", "setting"), [("hmdb", "split=2"), ("hmdb", "frames=True"), ("ucf101", "split=3")])
def test_official_splits_can_be_chosen(name, setting):
    load_layer(DATASET, name, [setting])


def test_a_base_that_only_running_tells_may_read_anything(tmp_path: Path):
    folder = tmp_path / "exp_configs"
    folder.mkdir()
    (folder / "late.py").write_text('from pyvideoai.config import inherit\n\ninherit("quick" + "start")\n')
    repository = Path(__file__).parents[2]
    load(CONTRACTS, "motion", "i3d_tiny", "late", ["warmup_epochs=2"], roots=[tmp_path, repository])


def test_a_layer_by_itself_is_for_tools_that_read_what_they_like():
    assert load_layer(MODEL, "r3d_18", ["size=64"]).size == 64
