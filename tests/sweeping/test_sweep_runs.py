"""Runs of a sweep in processes of their own: passed over, gone on with, stopped, and put into tables."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, stdev

import pytest

from pyvideoai.commands import sweep
from pyvideoai.errors import UserError
from pyvideoai.experiment import new_version
from pyvideoai.sweeping import children
from pyvideoai.sweeping.plan import read_plan
from pyvideoai.sweeping.table import best_line

FILE = """
dataset, model, experiment = "made", "linear", "brief"
grid = {"learning_rate": [0.01, 0.1], "seed": [0, 1]}
average_over = "seed"
"""
# In place of the train command: it says what it was called with, and leaves what a run leaves.
TRAIN = """
import json, pathlib, signal, sys, time
arguments = sys.argv[1:]
with open("calls.txt", "a") as calls:
    print(json.dumps(arguments), file=calls)
if "-l" in arguments:
    folder = pathlib.Path(arguments[arguments.index("-l") + 1])
else:
    names = ",".join(sorted(arguments[place + 1] for place, each in enumerate(arguments) if each == "--set"))
    folder = pathlib.Path("experiments/made/linear/brief", names, "version_000")
    (folder / "weights").mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"classes": [], "splits": {}}))
BODY
value = 50 + 10 * ("rate=0.1" in str(folder)) + ("seed=1" in str(folder))
metrics = {"loss": 1.0, "top1": value + 1.0}
(folder / "results.json").write_text(json.dumps({
    "num_epochs": 3, "split": "test", "choice": {"by": "val/top1", "value": value},
    "last": {"epoch": 3, "metrics": metrics}, "best": {"epoch": 2, "metrics": metrics}}))
"""


@pytest.fixture
def start(tiny, monkeypatch):
    """start(body, *arguments): the exit code of the sweep, whose runs do what `body` says before they finish."""
    Path("tries.py").write_text(FILE)
    usual = children.command_of

    def command(run, device, root):
        given = usual(run, device, root)
        return [sys.executable, "train.py", *given[given.index("train") + 1 :]]

    monkeypatch.setattr(children, "command_of", command)
    monkeypatch.setattr(children, "POLL_S", 0.01)

    def run(body: str, *arguments: str) -> int:
        Path("train.py").write_text(TRAIN.replace("BODY", body))
        return sweep.main(["tries.py", "-R", "experiments", *arguments])

    return run


def calls() -> list[list[str]]:
    return [json.loads(line) for line in Path("calls.txt").read_text().splitlines()]


def table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path("experiments/sweeps/tries", name).open()))


def test_every_run_is_trained_once_and_the_tables_hold_its_scores(start, capsys):
    assert start("") == 0
    assert len(calls()) == 4 and calls()[0][:6] == ["-D", "made", "-M", "linear", "-E", "brief"]
    rows = table("table.csv")
    assert [row["val/top1"] for row in rows] == ["50", "51", "60", "61"] and rows[3]["test/top1"] == "62.0"
    assert [row["state"] for row in rows] == ["finished"] * 4 and rows[0]["epoch"] == "2"
    [low, high] = table("table_averaged.csv")
    assert float(high["test/top1"]) == mean([61, 62]) and float(high["test/top1 sd"]) == stdev([61, 62])
    assert (low["learning_rate"], low["runs"]) == ("0.01", "2")
    shown = capsys.readouterr()
    assert "best by val/top1: learning_rate=0.1, 60.5" in shown.out
    assert shown.err == "", "a progress line needs a terminal"
    assert start("raise SystemExit(3)") == 0
    assert len(calls()) == 4, "finished runs are passed over"


def test_a_best_run_that_another_one_equals_says_so(tiny):
    Path("tries.py").write_text(FILE)
    plan = read_plan(Path("tries.py"), Path("experiments").absolute())
    rows = [{"learning_rate": rate, "val/top1": value} for rate, value in ((0.01, 50.0), (0.1, 50.0), (1.0, 40.0))]
    assert best_line(plan, rows) == "best by val/top1: learning_rate=0.01, 50 (so has 1 other)"
    assert best_line(plan, rows[1:]) == "best by val/top1: learning_rate=0.1, 50"


def test_a_run_that_fails_is_named_the_others_are_trained_and_the_next_sweep_goes_on_with_it(start, capsys):
    fails = 'if "rate=0.01" in str(folder) and "seed=1" in str(folder):\n    sys.exit("error: no such video")'
    assert start(fails) == 1
    shown = capsys.readouterr().out
    assert "2/4  learning_rate=0.01,seed=1: failed with exit code 1: error: no such video; see " in shown
    assert [row["state"] for row in table("table.csv")] == ["finished", "interrupted", "finished", "finished"]
    assert [row["runs"] for row in table("table_averaged.csv")] == ["1", "2"]
    assert start("") == 0
    folder = Path("experiments/made/linear/brief/learning_rate=0.01,seed=1/version_000").absolute()
    assert calls()[4:] == [["-l", str(folder)]]


def test_two_devices_train_at_the_same_time(start, monkeypatch):
    monkeypatch.setattr(children, "pick_device", lambda device, instead: None)  # as if there were two GPUs
    waits = (
        "pathlib.Path(f'at_{folder.parent.name}').touch()\nbegan = time.time()\n"
        "while len(list(pathlib.Path().glob('at_*'))) < 2 and time.time() - began < 60:\n    time.sleep(0.01)\n"
        "assert time.time() - began < 60"
    )
    assert start(waits, "--devices", "cpu,cuda:1") == 0
    assert sorted(call[-1] for call in calls()[:2]) == ["cpu", "cuda:1"]


@pytest.mark.parametrize(
    ("devices", "told"),
    [
        ("cpu,", r"--devices cpu,: name them with commas between"),
        ("cpu,gpu", r"--devices cpu,gpu: device=gpu: device takes"),
        ("cuda:99,cpu", r"--devices cuda:99,cpu: device = 'cuda:99' (is not there|was asked for)"),
    ],
)
def test_devices_that_are_not_there_are_told_before_anything_is_trained(start, devices, told):
    with pytest.raises(UserError, match=told):
        start("", "--devices", devices)
    assert not Path("calls.txt").exists()


def test_runs_that_set_their_device_are_not_given_another(start):
    Path("tries.py").write_text(FILE + 'settings = {"device": "cpu"}\n')
    with pytest.raises(UserError, match=r"--devices cpu,cpu: the run learning_rate=0.01,seed=0 sets device itself"):
        sweep.main(["tries.py", "-R", "experiments", "--devices", "cpu,cpu"])


def test_a_run_that_another_sweep_has_just_started_is_passed_over(start, capsys):
    base = read_plan(Path("tries.py"), Path("experiments").absolute()).runs[0].base
    base.mkdir(parents=True)
    takes = "import pathlib, sys; from pyvideoai.lock import Lock; lock = Lock(pathlib.Path(sys.argv[1])); lock.take()"
    command = [sys.executable, "-c", f"{takes}; print('taken', flush=True); input()", str(base)]
    claim = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert claim.stdout.readline() == b"taken\n"
        assert start("") == 1
    finally:
        claim.communicate(b"\n")
    assert "1/4  learning_rate=0.01,seed=0: running elsewhere, passed over" in capsys.readouterr().out
    assert len(calls()) == 3
    assert start("") == 0 and len(calls()) == 4


def test_a_run_of_another_process_is_passed_over(start, monkeypatch, capsys):
    run = read_plan(Path("tries.py"), Path("experiments").absolute()).runs[0]
    folder = new_version(run.base)
    folder.write_run({"classes": [], "splits": {}})
    monkeypatch.setattr(children, "holder", lambda path: "process 1" if path == folder.path else None)
    assert start("") == 1
    assert "1/4  learning_rate=0.01,seed=0: running elsewhere, passed over" in capsys.readouterr().out
    assert len(calls()) == 3


def test_the_table_goes_where_it_is_asked_to_or_nothing_is_trained(start):
    assert start("", "--csv", "new/folder/all.csv") == 0
    assert sorted(path.name for path in Path("new/folder").iterdir()) == ["all.csv", "all_averaged.csv"]
    with pytest.raises(UserError, match=r"calls.txt can't be written"):
        start("", "--csv", "calls.txt/all.csv")


def test_a_run_is_of_this_package_whatever_lies_in_the_current_directory(tiny):
    Path("tries.py").write_text(FILE)
    run = read_plan(Path("tries.py"), Path("experiments").absolute()).runs[0]
    Path("pyvideoai").mkdir()
    Path("pyvideoai/__init__.py").touch()
    Path("pyvideoai/__main__.py").write_text("print('another')\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(children.__file__).parents[2])}
    command = children.command_of(run, "nonsense", Path("experiments").absolute())
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "--device nonsense: device takes" in done.stderr and done.stdout == ""


def test_dry_run_trains_nothing(start, capsys):
    assert start("", "--dry-run") == 0
    assert capsys.readouterr().out.count(": new") == 4 and not Path("experiments").exists()


def test_a_signal_stops_the_runs_which_save_their_states(start):
    body = "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('saved').touch(), sys.exit(143)))\ntime.sleep(300)"

    def signalled():
        while not Path("calls.txt").exists():
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(os.getppid(), signal.SIGINT)

    child = os.fork()
    if child == 0:
        try:
            signalled()
        finally:
            os._exit(0)
    with pytest.raises(KeyboardInterrupt):
        start(body)
    os.waitpid(child, 0)
    assert Path("saved").exists()
