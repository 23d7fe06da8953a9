"""`--set` of what no config reads is refused, before anything runs."""

from pathlib import Path

import pytest

from pyvideoai.config.errors import ConfigError
from pyvideoai.config.load import load, load_layer
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.models.settings import MODEL


@pytest.mark.parametrize(
    ("model", "experiment", "override", "message"),
    [
        ("r3d_18", "quickstart", "model.width=32", "model_configs/r3d_18.py never reads width"),
        ("i3d_tiny", "quickstart", "momentum=0.8", "exp_configs/quickstart.py never reads momentum"),
        ("i3d_resnet50", "crop224_plateau", "model.size=112", "i3d_resnet50.py never reads size"),
        ("i3d_tiny", "quickstart_clips", "layer_decay=0.5", "quickstart_clips.py never reads layer_decay"),
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


def test_a_base_that_only_running_tells_may_read_anything(tmp_path: Path):
    folder = tmp_path / "exp_configs"
    folder.mkdir()
    (folder / "late.py").write_text('from pyvideoai.config import inherit\n\ninherit("quick" + "start")\n')
    repository = Path(__file__).parents[2]
    load(CONTRACTS, "motion", "i3d_tiny", "late", ["warmup_epochs=2"], roots=[tmp_path, repository])


def test_a_layer_by_itself_is_for_tools_that_read_what_they_like():
    assert load_layer(MODEL, "r3d_18", ["size=64"]).size == 64
