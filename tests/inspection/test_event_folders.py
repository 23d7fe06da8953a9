"""tools/run_tensorboard.py: names in which runs differ, and links that TensorBoard reads."""

import sys
from pathlib import Path

import pytest

from pyvideoai.commands import tensorboard
from pyvideoai.errors import UserError
from pyvideoai.inspection.event_folders import event_folders, link


@pytest.fixture
def run(tmp_path):
    """run(path): a version in experiments/ with the event folders train and val."""

    def make(path: str) -> Path:
        version = tmp_path / "experiments" / path
        for part in ("train", "val"):
            (version / "tensorboard" / part).mkdir(parents=True)
            (version / "tensorboard" / part / "events.out").touch()
        return version

    return make


def test_a_name_has_the_parts_in_which_runs_differ(run, tmp_path):
    root = tmp_path / "experiments"
    run("hmdb/i3d/brief/seed=0/version_000")
    assert list(event_folders([root])) == ["seed=0"]
    run("hmdb/i3d/brief/seed=1/version_003")
    assert list(event_folders([root])) == ["seed=0", "seed=1"]
    run("hmdb/i3d/brief/version_000")
    assert list(event_folders([root])) == ["seed=0", "seed=1", "brief"]
    run("hmdb/tsn/brief/version_000")
    run("hmdb/tsn/brief/version_001")
    assert list(event_folders([root / "hmdb"])) == [
        "i3d/brief/seed=0", "i3d/brief/seed=1", "i3d/brief", "tsn/brief/v000", "tsn/brief/v001"
    ]  # fmt: skip


def test_settings_that_all_runs_of_an_experiment_have_are_left_out(run, tmp_path):
    for rate in (0.1, 0.2):
        for seed in (0, 1):
            run(f"hmdb/i3d/brief/learning_rate={rate},num_epochs=3,seed={seed}/version_000")
    names = [
        "learning_rate=0.1,seed=0",
        "learning_rate=0.1,seed=1",
        "learning_rate=0.2,seed=0",
        "learning_rate=0.2,seed=1",
    ]
    assert list(event_folders([tmp_path])) == names
    run("hmdb/i3d/brief/num_epochs=3/version_000")
    assert list(event_folders([tmp_path])) == [*names, "num_epochs=3"]


def test_links_lead_to_the_events_and_new_runs_are_added(run, tmp_path):
    first, into = run("hmdb/i3d/brief/version_000"), tmp_path / "links"
    assert link(event_folders([first.parent]), into) == ["brief"]
    assert (into / "brief" / "val").resolve() == first / "tensorboard" / "val"
    assert (into / "brief" / "train" / "events.out").exists()
    assert link(event_folders([first]), into) == []
    (first / "tensorboard" / "test_last").mkdir()
    assert link(event_folders([first]), into) == [] and (into / "brief" / "test_last").is_dir()
    second, before = run("hmdb/i3d/brief/version_001"), event_folders([first])
    now = tensorboard._known(event_folders([tmp_path / "experiments"]), before)
    assert link(now, into) == ["brief/v001"] and (into / "brief/v001/val").resolve() == second / "tensorboard/val"


def test_the_command_starts_tensorboard_and_leaves_no_links(run, monkeypatch, capsys):
    version, seen = run("hmdb/i3d/brief/version_000"), {}

    class Started:
        def __init__(self, command):
            seen["folder"] = Path(command[command.index("--logdir") + 1])
            seen["links"] = sorted(path.name for path in (seen["folder"] / "brief").iterdir())

        def wait(self, seconds=None):
            return 0

        def terminate(self):
            pass

    monkeypatch.setattr(tensorboard.subprocess, "Popen", Started)
    assert tensorboard.main([str(version)]) == 0
    assert seen["links"] == ["train", "val"] and not seen["folder"].exists()
    assert capsys.readouterr().out == "1 run:\n  brief\n"


def test_without_runs_it_is_one_line(tmp_path):
    with pytest.raises(UserError, match="give a folder of experiments"):
        tensorboard.main([])
    with pytest.raises(UserError, match="it does not exist"):
        tensorboard.main([str(tmp_path / "nothing")])
    with pytest.raises(UserError, match=r"no run in .* has written tensorboard/"):
        tensorboard.main([str(tmp_path)])


def test_no_tool_has_the_name_of_a_package_that_it_would_hide():
    tools = Path(__file__).parents[2] / "tools"
    used = {
        "tensorboard",
        "torch",
        "numpy",
        "pandas",
        "sklearn",
        "av",
        "wandb",
        "mlflow",
        "onnx",
        "tqdm",
        *sys.stdlib_module_names,
    }
    assert not used & {path.stem for path in tools.glob("*.py")}
