"""Ten kills of one run, and a run that torchrun starts again: it ends as if nothing had happened."""

import multiprocessing
from pathlib import Path

import pandas as pd
import pytest
import torch
from endurance.chain import ALL, KILLS, Chain, Figures
from endurance.disturbed import MOMENTS, Disturbance, Watched, replace_parts, run_disturbed, warm_up
from endurance.made import CHOICE, MadeVideo, lay_out, write_clips
from workplaces import tool

from pyvideoai.data import source

HANGS_S = 900  # whatever takes so long isn't slow but stuck
STEPS, EPOCHS = 5, 8


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A workplace, in a process that has run once in it: what it forks needn't load torch and all else again.

    With one thread: a forked process lacks the threads of OpenMP that torch counts on, and waits for them for ever.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    lay_out(tmp_path, 4 * STEPS + 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(source, "open_video", MadeVideo)
    warm_up([*CHOICE, "-R", "warm", "-e", "1", "--set", "loggers=[]"])
    yield tmp_path
    torch.set_num_threads(threads)


def forked(work, *arguments) -> None:
    """Run `work` in a process of its own, which it may change as it likes; its errors are printed and fail the test."""
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join(HANGS_S)
    assert process.exitcode == 0


def chain(folder: Path, kinds: tuple[str, ...], damage_share: float) -> Chain:
    return Chain(folder, 3, kinds, EPOCHS, STEPS, save_every_s=0.1, longest_s=0.3, damage_share=damage_share)


def disturb(folder: Path, kinds: tuple[str, ...], times: int, damage_share: float = 0.0) -> Figures:
    replace_parts()
    figures = Figures()
    chain(folder, kinds, damage_share).run(figures, times)
    # where the machine is slow, fewer disturbances come before the run's end
    assert figures.runs == 1 and times // 2 <= figures.disturbed.total() <= times, figures.text()
    return figures


def kill_ten_times(folder: Path) -> None:
    figures = disturb(folder, (*KILLS[:4], "kill in a save"), 10)
    assert len(figures.lost_s) == figures.disturbed.total()
    assert [seconds > 0 for seconds in figures.lost_s] == [steps > 0 for steps in figures.lost_steps]
    assert f"{max(figures.lost_s):.2f} s and {max(figures.lost_steps)} steps at most" in figures.text()


def test_ten_kills_two_of_them_in_a_save_and_what_each_lost(folder):
    forked(kill_ten_times, folder)


def test_what_kills_lost_is_told_by_its_median_99th_percentile_and_most():
    figures = Figures(lost_s=[each / 100 for each in range(200, 0, -1)], lost_steps=[3, 7])
    told = "1.00 s (median), 1.98 s (99th percentile), 2.00 s and 7 steps at most"
    assert figures.text().endswith(f"of 200 kills one lost {told}")


@pytest.mark.slow
def test_kills_signals_full_disks_and_damaged_states(folder):
    forked(disturb, folder, ALL, 20, 0.3)


def kill_at_each_moment(folder: Path) -> None:
    replace_parts()
    each = chain(folder, KILLS, 0.0)
    for number, moment in enumerate(MOMENTS):
        watched, log = Watched(EPOCHS * STEPS), folder / "log"
        start = [*each.options, "-R", str(folder / "parts"), *(["-l", "last"] if number else [])]
        code, _ = run_disturbed(start, Disturbance("kill in a save", 0.0, moment), watched, log)
        assert code == -9, moment
    each.run(Figures(), 0)


@pytest.mark.slow
def test_a_kill_at_each_moment_of_a_save(folder):
    forked(kill_at_each_moment, folder)


@pytest.mark.slow
def test_torchrun_starts_a_run_again_and_it_goes_on_with_each_epoch_once(folder):
    write_clips(folder)
    experiment = folder / "exp_configs/brief.py"
    experiment.write_text(experiment.read_text() + DIES_ONCE)
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "--max-restarts", "1")
    process = tool("run_train.py", *CHOICE, "-R", "runs", "--device", "cpu", launcher=launcher)
    output, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode == 0, output
    version = folder / "runs/made/linear/brief/version_000"
    assert [path.name for path in version.parent.iterdir()] == ["version_000"]
    assert pd.read_csv(version / "summary.csv", comment="#")["epoch"].tolist() == [1, 2, 3]
    assert Path("died").exists() and output.count("epoch 1/3") == 1 and "going on after epoch 1" in output


DIES_ONCE = """
import os
import time
from pathlib import Path

if os.environ["RANK"] == "1" and Path("died").exists():
    time.sleep(3)  # so that the other process looks first for this one's address


def on_epoch_end(state):
    import signal

    if os.environ["RANK"] == "1" and state.epoch == 1 and not Path("died").exists():
        Path("died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
"""
