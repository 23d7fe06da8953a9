"""What a person does: train, look at the folder, evaluate, predict, resume; through the tools' own entry."""

import json
import math
import os
import signal
import time
from pathlib import Path

import pandas as pd
import pytest
import torch
from workplaces import CHOICE, EXPERIMENT, HANGS_S, VERSION, VIDEOS, tool

import pyvideoai
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.engine.stopping import Diverged, TooManyFailures
from pyvideoai.errors import UserError

WAIT_AFTER_EPOCH_1 = '''

def on_epoch_end(state):
    """Wait while there is a file "wait"."""
    import time
    from pathlib import Path

    while state.epoch == 1 and Path("wait").exists():
        Path("waiting").touch()
        time.sleep(0.01)
'''


def train(*arguments: str) -> int:
    return train_command.main([*CHOICE, *arguments])


def summary(version: Path = VERSION) -> pd.DataFrame:
    return pd.read_csv(version / "summary.csv", comment="#")


@pytest.mark.usefixtures("figures")
def test_a_run_learns_and_leaves_everything_in_its_folder(workplace, capsys):
    assert train("-t", "2") == 0
    assert summary()["epoch"].tolist() == [1, 2, 3]
    assert summary()["val_multicrop_top1"].notna().tolist() == [False, True, False]
    results = json.loads((VERSION / "results.json").read_text())
    assert results["last"]["metrics"]["top1"] == 100
    assert results["last"]["videos"] == 2 * VIDEOS["test"]
    assert results["views"] == "2 clips x 3 crops = 6 views"
    run = json.loads((VERSION / "run.json").read_text())
    assert run["classes"] == ["red", "blue"] and run["splits"]["train"]["videos"] == 2 * VIDEOS["train"]
    assert {path.name for path in (VERSION / "tensorboard").iterdir()} >= {
        "train",
        "val",
        "val_multicrop",
        "test_best",
        "test_last",
    }
    figures = {"overview", "loss", "top1", "learning_rate", "speed", "first_batch", "confusion_last", "confusion_best"}
    assert {path.stem for path in (VERSION / "plots").glob("*.png")} >= figures
    assert " --logdir " in capsys.readouterr().out


def test_evaluation_prints_the_numbers_of_training_and_makes_no_version(workplace, capsys):
    train("--set", "num_epochs=2")
    version = VERSION.parent / "num_epochs=2" / "version_000"
    training = json.loads((version / "results.json").read_text())
    choice = [*CHOICE, "--set", "num_epochs=2"]
    assert eval_command.main([*choice, "-l", "last", "-m", "multicrop", "-p", "--out", "out/result.json"]) == 0
    result = json.loads(Path("out/result.json").read_text())
    assert result["metrics"] == training["last"]["metrics"]
    assert result["top1_interval95"] == training["last"]["top1_interval95"]
    eval_command.main([*choice, "-l", "2", "-m", "oneclip", "--split", "val", "--out", "val.json"])
    row = summary(version).iloc[-1]
    assert json.loads(Path("val.json").read_text())["metrics"]["loss"] == pytest.approx(row["val_loss"], rel=1e-5)
    table = pd.read_csv(next((version / "predictions").glob("test_*.csv")))
    assert len(table) == 2 * VIDEOS["test"]
    assert [path.name for path in version.parent.iterdir()] == ["version_000"]


def test_evaluation_settings_may_change_and_others_may_not(workplace):
    train("--set", "num_epochs=1")
    folder = str(VERSION.parent / "num_epochs=1")
    eval_command.main(["--from", folder, "--set", "test_views.clips=4", "--out", "result.json"])
    assert json.loads(Path("result.json").read_text())["views"].startswith("4 clips x 3 crops")
    with pytest.raises(UserError, match="an evaluation may only set"):
        eval_command.main(["--from", folder, "--set", "learning_rate=1"])


def test_a_trained_folder_predicts_from_python(workplace):
    train()
    model = pyvideoai.load(VERSION.parent)
    prediction = model.predict("clips/test_red_0.mp4")
    assert prediction[0][0] == "red" and math.isclose(sum(p for _, p in prediction), 1, rel_tol=1e-5)
    with pytest.raises(UserError, match=r"nothing\.mp4"):
        model.predict("nothing.mp4")


def test_a_second_run_is_the_next_version_and_the_same_numbers(workplace):
    train()
    train()
    second = VERSION.with_name("version_001")
    columns = ["train_loss", "val_loss"]
    pd.testing.assert_frame_equal(summary()[columns], summary(second)[columns])


def test_from_repeats_an_experiment_after_its_configs_have_changed(workplace):
    train()
    Path("exp_configs/brief.py").write_text("this is no longer Python")
    assert train_command.main(["--from", str(VERSION)]) == 0
    again = VERSION.with_name("version_001")
    assert summary(again)["train_loss"].tolist() == summary()["train_loss"].tolist()


def test_more_epochs_go_on_and_a_finished_run_says_so(workplace, capsys):
    train()
    assert train("-l", "last") == 0
    assert "has finished its 3 epochs" in capsys.readouterr().out
    assert train("-l", "last", "--set", "num_epochs=5") == 0
    assert summary()["epoch"].tolist() == [1, 2, 3, 4, 5]
    with pytest.raises(UserError, match="may only grow"):
        train("-l", "last", "--set", "num_epochs=2")


def test_a_resumed_run_keeps_its_settings_but_may_run_elsewhere(workplace):
    train("--set", "num_epochs=1")
    folder = str(VERSION.parent / "num_epochs=1")
    with pytest.raises(UserError, match="a resumed run keeps the settings of its snapshot"):
        train("-l", folder, "--set", "learning_rate=1")
    assert train("-l", folder, "--set", "num_epochs=2", "--set", "workers=1", "--device", "cpu") == 0


def test_nothing_to_resume_is_an_error(workplace):
    with pytest.raises(UserError, match="no experiment in"):
        train("-l", "last")


def test_changed_split_tables_are_not_resumed(workplace):
    train("--set", "num_epochs=1")
    text = Path("train.csv").read_text()
    Path("train.csv").unlink()
    Path("train.csv").write_text("".join(text.splitlines(keepends=True)[:-1]))
    with pytest.raises(UserError, match="split tables are not those"):
        train("-l", str(VERSION.parent / "num_epochs=1"), "--set", "num_epochs=2")


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_stopped_run_resumes_to_the_numbers_of_an_undisturbed_one(workplace, number):
    with Path("exp_configs/brief.py").open("a") as file:
        file.write(WAIT_AFTER_EPOCH_1)
    train("-R", "whole")
    Path("wait").touch()
    process = tool("run_train.py", *CHOICE)
    while not Path("waiting").exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    Path("wait").unlink()
    output, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode == 128 + number, output
    assert "Traceback" not in output
    assert train("-l", "last") == 0
    whole = summary(Path("whole/colours/small/brief/version_000"))
    assert summary()["epoch"].tolist() == [1, 2, 3]
    assert summary()["train_loss"].tolist() == whole["train_loss"].tolist()
    assert summary()["val_loss"].tolist() == whole["val_loss"].tolist()


def test_a_signal_to_all_processes_of_a_job_ends_it_without_a_word_of_the_workers(workplace):
    """As schedulers send it: to the workers too, of which none may die before their parent has answered."""
    process = tool("run_train.py", *CHOICE, "--set", "workers=2", "-e", "200", own_group=True)
    log = VERSION.parent / "num_epochs=200" / "version_000" / "logs" / "train.log"
    deadline = time.monotonic() + 60
    while not (log.exists() and "epoch 1/200" in log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, output
    assert "Traceback" not in output and "DataLoader" not in output, output
    assert "stopped by SIGTERM" in output


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_steps(workplace):
    with pytest.raises(
        Diverged, match=r"steps 1-8 of epoch 1 .*learning rate 1e\+30\); no checkpoint has been saved yet"
    ):
        train("--set", "learning_rate=1e30")


def test_bad_videos_are_named_and_too_many_stop_the_run(workplace, capsys):
    bad = Path("clips").resolve() / "bad.mp4"
    bad.write_bytes(b"this is no video")
    rows = Path("train.csv").read_text()
    Path("train.csv").unlink()
    Path("train.csv").write_text(rows + "bad.mp4,red\n" * 2)
    assert train("--set", "max_failed_share=0.5", "--set", "num_epochs=2") == 0
    assert capsys.readouterr().out.count("bad.mp4: ") == 1
    with pytest.raises(TooManyFailures, match=r"bad\.mp4"):
        train("--set", "max_failed_share=0")
    bad.unlink()


def test_evaluation_reports_failures_and_never_substitutes(workplace, capsys):
    rows = Path("test.csv").read_text()
    Path("test.csv").unlink()
    Path("test.csv").write_text(rows + "missing.mp4,red\n")
    train("--set", "num_epochs=1")
    eval_command.main(["--from", str(VERSION.parent / "num_epochs=1"), "--out", "result.json"])
    result = json.loads(Path("result.json").read_text())
    assert result["failed"] == 1 and result["failures"][0]["video"] == "missing.mp4"
    assert result["videos"] == 2 * VIDEOS["test"]
    assert result["top1_failed_as_wrong"] == pytest.approx(result["metrics"]["top1"] * 10 / 11)


def test_check_trains_and_writes_nothing(workplace, capsys):
    assert train("--check") == 0
    assert "4 clips went forward and backward" in capsys.readouterr().out
    assert not Path("data").exists()


def test_literature_protocol_says_selected_on_test_everywhere(workplace, capsys):
    train("--set", "protocol=literature", "--set", "num_epochs=1", "-t", "1")
    version = next(VERSION.parent.glob("*literature*")) / "version_000"
    results = json.loads((version / "results.json").read_text())
    assert results["protocol"] == "literature" and results["best_on_test"]["epoch"] == 1
    assert capsys.readouterr().out.count("selected on test") >= 3


def test_weights_of_another_experiment_are_where_training_starts(workplace):
    train("--set", "num_epochs=2")
    source = VERSION.parent / "num_epochs=2"
    train("--set", f"pretrained={source}", "--set", "num_epochs=1", "--set", "learning_rate=1e-9", "-S", "tuned")
    trained = torch.load(source / "version_000/weights/best.pth", weights_only=True)["model"]
    tuned = torch.load(VERSION.parent / "tuned/version_000/weights/last.pth", weights_only=True)["model"]
    weight = next(name for name in trained if name.endswith("weight"))
    assert torch.allclose(trained[weight], tuned[weight], atol=1e-5)


def test_wrong_processes_for_a_batch_is_one_line(workplace):
    with pytest.raises(UserError, match="global_batch = 4 is not a multiple of clips_per_device x processes = 3 x 1"):
        train("--set", "clips_per_device=3")


def test_the_tools_end_with_exit_code_2_and_one_line(workplace):
    for name, arguments, expected in (
        ("run_train.py", ["-D", "colors", "-M", "small", "-E", "brief"], "did you mean 'colours'?"),
        ("run_eval.py", [*CHOICE], "no experiment in"),
        ("run_train.py", [*CHOICE, "--set", "globalbatch=4"], "did you mean 'global_batch'?"),
    ):
        process = tool(name, *arguments)
        output, _ = process.communicate(timeout=HANGS_S)
        assert process.returncode == 2 and expected in output and len(output.strip().splitlines()) == 1, output


def test_a_hook_stops_the_run_early_and_it_counts_as_finished(workplace, capsys):
    Path("exp_configs/early.py").write_text(
        '"""Two of five epochs."""\nfrom pyvideoai.config import inherit\n\ninherit("brief", num_epochs=5)\n\n\n'
        "def on_epoch_end(state):\n    return state.epoch == 2 and len(state.history) == 2\n"
    )
    choice = [*CHOICE[:-1], "early"]
    assert train_command.main(choice) == 0
    version = VERSION.parents[1] / "early" / "version_000"
    assert summary(version)["epoch"].tolist() == [1, 2]
    assert json.loads((version / "results.json").read_text())["epochs"] == 2
    assert train_command.main([*choice, "-l", "last"]) == 0
    assert "has finished" in capsys.readouterr().out


def test_two_schedules_at_once_are_an_error(workplace):
    Path("exp_configs/both.py").write_text(
        '"""Two schedules."""\nfrom pyvideoai.config import inherit\n\ninherit("brief")\n\n\n'
        "def lr_factor(epoch):\n    return 1.0\n\n\ndef scheduler(optimiser):\n    return None\n"
    )
    with pytest.raises(UserError, match=r"defines both lr_factor and scheduler; .* write lr_factor = None or"):
        train_command.main([*CHOICE[:-1], "both"])


def test_an_inherited_schedule_can_be_replaced(workplace):
    text = '"""A step after each epoch in place of the base\'s cosine."""\nimport torch\n\n'
    text += "from pyvideoai.config import inherit\nfrom pyvideoai.optim.schedules import EachEpoch\n\n"
    text += 'inherit("cosine", num_epochs=2)\nlr_factor = None\n\n\ndef scheduler(optimiser):\n'
    text += "    return EachEpoch(torch.optim.lr_scheduler.StepLR(optimiser, 1, gamma=0.5))\n"
    Path("exp_configs/cosine.py").write_text(
        f"{EXPERIMENT.lstrip()}\n\ndef lr_factor(epoch):\n    return 1 - epoch / 9\n"
    )
    Path("exp_configs/stepped.py").write_text(text)
    assert train_command.main([*CHOICE[:-1], "stepped"]) == 0
    rates = summary(VERSION.parents[1] / "stepped" / "version_000")["learning_rate"]
    assert rates.tolist() == pytest.approx([0.05, 0.025])
