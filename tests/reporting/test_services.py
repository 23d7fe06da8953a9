"""Weights & Biases and MLflow with their own packages, offline; and what is told without them."""

import json
from pathlib import Path

import numpy as np
import pytest

from pyvideoai import reporting
from pyvideoai.errors import UserError
from pyvideoai.reporting import Logger, MLflow, StartedRun, TensorBoard, WeightsAndBiases, loggers_of
from pyvideoai.reporting.kept_id import kept_id
from pyvideoai.reporting.reporter import Reporter

KEY = "0123456789abcdef0123456789abcdef01234567"
PICTURE = np.zeros((8, 8, 3), np.uint8)


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    monkeypatch.setattr("pyvideoai.reporting.reporter.draw_curves", lambda *arguments: None)


def report(folder, logger: Logger, epochs, *, resumed: bool = False, error: Exception | None = None) -> None:
    """A run, or the rest of one, as the engine tells it to a logger."""
    names = {"dataset": "hmdb", "model": "i3d", "experiment": "brief"}
    reporter = Reporter(folder, loggers=[logger])
    row = {"train/loss": 0.5, "learning_rate": 0.1}
    try:
        with reporter.ending():
            reporter.start(StartedRun(folder.path, names, {"dataset.split": 2, "seed": 0}, ["a", "b"], 4, resumed))
            for epoch in epochs:
                with reporter.epoch_progress(epoch, 4, 4) as progress:
                    progress.advance(loss=0.25)
                reporter.distribution("val/recall", epoch, np.array([50.0, np.nan]))
                reporter.epoch([{"epoch": epoch, "val/top1": 10.0 * epoch, **row}], best_epoch=epoch, num_epochs=4)
            reporter._loggers.tell("picture", "first_batch", 1, PICTURE)
            if error:
                raise error
            reporter.test("best", 2, {"test/top1": 77.0}, None, ["a", "b"])
    except RuntimeError:
        pass
    reporter.close()


def has_no_secret(folder: Path) -> bool:
    return not any(KEY.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_wandb_gets_everything_and_a_resume_goes_on_with_the_same_run(folder, monkeypatch, capsys):
    wandb = pytest.importorskip("wandb", reason="the extra [wandb] is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    report(folder, WeightsAndBiases(), [1, 2], error=RuntimeError("no more videos"))
    report(folder, WeightsAndBiases(), [3], resumed=True)
    wandb.teardown()  # its service writes the last file when it ends
    identity = json.loads((folder.logs / "wandb.json").read_text())["/pyvideoai"]
    first, second = sorted((folder.logs / "wandb").glob("offline-run-*"))
    assert first.name.endswith(identity) and second.name.endswith(identity)
    texts = [(each / f"run-{identity}.wandb").read_bytes() for each in (first, second)]
    for wanted in (
        b"val/top1",
        b"step/loss",
        b"dataset.split",
        b"no more videos",
        b"pictures/first_batch",
        b"val/recall",
    ):
        assert wanted in texts[0], wanted
    assert b"test/top1 (best)" in texts[1] and b"no more videos" not in texts[1]
    assert has_no_secret(folder.path) and "WARNING" not in capsys.readouterr().out


def test_mlflow_gets_everything_and_a_resume_goes_on_with_the_same_run(folder, tmp_path, monkeypatch, capsys):
    pytest.importorskip("mlflow", reason="the extra [mlflow] is not installed")
    pytest.importorskip("sqlalchemy")
    from mlflow.tracking import MlflowClient

    monkeypatch.chdir(tmp_path)
    address = f"sqlite:///{tmp_path}/runs.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", KEY)
    client, identity = MlflowClient(address), folder.logs / "mlflow.json"
    report(folder, MLflow(), [1, 2], error=RuntimeError("no more videos"))
    run = client.get_run(json.loads(identity.read_text())["/pyvideoai"])
    assert run.info.status == "FAILED" and run.data.tags["failure"] == "RuntimeError: no more videos"
    assert run.data.params["dataset.split"] == "2" and run.data.params["model"] == "i3d"
    report(folder, MLflow(), [3], resumed=True)
    run = client.get_run(run.info.run_id)
    assert run.info.status == "FINISHED" and run.data.metrics["test_best/top1"] == 77
    history = client.get_metric_history(run.info.run_id, "val/top1")
    assert [(each.step, each.value) for each in history] == [(1, 10), (2, 20), (3, 30)]
    assert [each.step for each in client.get_metric_history(run.info.run_id, "step/loss")] == [1, 5, 9]
    assert [each.path for each in client.list_artifacts(run.info.run_id)] == ["first_batch_0001.png"]
    assert len(client.search_runs([run.info.experiment_id])) == 1
    assert has_no_secret(tmp_path) and "WARNING" not in capsys.readouterr().out


def test_a_service_that_does_not_answer_is_said_once_and_the_run_goes_on(folder, monkeypatch, capsys):
    pytest.importorskip("mlflow", reason="the extra [mlflow] is not installed")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    report(folder, MLflow(tracking_uri="http://127.0.0.1:9"), [1, 2])
    told = [line for line in capsys.readouterr().out.splitlines() if "WARNING" in line]
    assert len(told) == 1 and told[0].startswith("WARNING: the logger MLflow, in start(...), raised")


def test_names_stand_for_our_loggers_and_a_missing_package_is_told_before_anything_runs(monkeypatch):
    monkeypatch.setattr(reporting, "find_spec", lambda name: None if name == "mlflow" else name)
    own = Logger()
    found = loggers_of(("tensorboard", own, "wandb"))
    assert [type(each) for each in found] == [TensorBoard, Logger, WeightsAndBiases] and found[1] is own
    assert [type(each) for each in loggers_of("wandb")] == [WeightsAndBiases]
    with pytest.raises(UserError, match=r"loggers: mlflow is not installed: pip install 'pyvideoai\[mlflow\]'"):
        loggers_of(["mlflow"])


def test_a_run_keeps_its_name_and_a_broken_file_is_told(folder):
    assert kept_id(folder.path, "wandb", "/mine", lambda: "first") == ("first", True)
    assert kept_id(folder.path, "wandb", "team/ours", lambda: "second") == ("second", True)
    assert kept_id(folder.path, "wandb", "/mine", lambda: "third") == ("first", False)
    assert kept_id(folder.path, "wandb", "team/ours", lambda: "third") == ("second", False)
    (folder.logs / "wandb.json").write_text('{"id": "of an older version"}')
    assert kept_id(folder.path, "wandb", "/mine", lambda: "third") == ("of an older version", False)
    (folder.logs / "wandb.json").write_text("{")
    with pytest.raises(UserError, match=r"wandb.json can't be read: .*; remove it to report to a new run"):
        kept_id(folder.path, "wandb", "/mine", lambda: "third")
