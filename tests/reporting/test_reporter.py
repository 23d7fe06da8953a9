import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from pyvideoai.metrics import Metric
from pyvideoai.reporting import StartedRun, TensorBoard
from pyvideoai.reporting import reporter as reporting
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.tasks import Confusion

FIGURE = Confusion(np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0]]))


class Calibration(Metric):
    name, title, percent = "ece", "calibration error", False

    def __call__(self, outcomes):
        return 0.0


@dataclass(frozen=True)
class Failed:
    video: str
    reason: str


@pytest.fixture
def no_figures(monkeypatch):
    """Instead of drawing, note how many epochs there were."""
    drawn = []
    monkeypatch.setattr(reporting, "draw_curves", lambda folder, curves: drawn.append(len(curves.history)))
    monkeypatch.setattr(reporting, "FIGURES_PERIOD_S", 3600.0)  # however slow the machine is
    return drawn


def run_epochs(reporter, history, first=1):
    for epoch in range(first, len(history) + 1):
        with reporter.epoch_progress(epoch, len(history), 4) as progress:
            progress.advance()
            progress.advance(loss=1.0, top1=50.0, learning_rate=5e-4)
        with reporter.progress("val", 10) as progress:
            progress.update(10)
        reporter.epoch(history[:epoch], best_epoch=epoch, num_epochs=len(history))


def files(folder):
    return sorted(str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file())


def test_a_run_leaves_log_summary_curves_and_figures(folder, make_history, capsys):
    reporter = Reporter(folder, loggers=[TensorBoard()])
    with reporter.ending():
        reporter.start(StartedRun(folder.path, {}, {}, ["left", "right", "still"], steps_per_epoch=4))
        run_epochs(reporter, make_history(5))
        reporter.test("best", 5, {"test/top1": 66.7}, FIGURE, ["left", "right", "still"])
    reporter.close()
    assert len(pd.read_csv(folder.summary)) == 5
    log = (folder.logs / "train.log").read_text()
    assert [line.split()[3] for line in log.splitlines()] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    assert capsys.readouterr().out.count("left 0:00") >= 1
    assert {path.name for path in folder.tensorboard.iterdir()} == {
        "settings", "train", "train_steps", "val", "val_multicrop", "test_best",
    }  # fmt: skip
    assert {"overview.png", "loss.png", "confusion_best.png"} <= {path.name for path in folder.plots.iterdir()}


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_disabled_reporter_is_silent_and_writes_nothing(folder, make_history, capsys, has_folder):
    before = files(folder)
    reporter = Reporter(folder if has_folder else None, enabled=False, loggers=[TensorBoard()])
    reporter.start(StartedRun(folder.path, {}, {}, [], steps_per_epoch=4))
    reporter.log("nothing")
    run_epochs(reporter, make_history(2))
    reporter.failures("val", [Failed("a.avi", "no frames")])
    reporter.resume(make_history(2))
    reporter.test("last", 2, {"test/top1": 1.0}, FIGURE, ["left", "right", "still"])
    reporter.close()
    assert files(folder) == before
    assert capsys.readouterr() == ("", "")


def test_without_a_folder_only_the_console_speaks(tmp_path, monkeypatch, make_history, capsys):
    monkeypatch.chdir(tmp_path)
    reporter = Reporter(None)
    run_epochs(reporter, make_history(1))
    reporter.test("last", 1, {"test/top1": 1.0}, FIGURE, ["left", "right", "still"])
    reporter.close()
    assert capsys.readouterr().out.startswith("epoch 1/1  train loss")
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_run_has_each_epoch_once(folder, make_history, no_figures):
    history = make_history(5)
    first = Reporter(folder)
    run_epochs(first, history[:4])  # the checkpoint of epoch 4 is lost: the run goes on after epoch 3
    first.close()
    second = Reporter(folder)
    second.resume(history[:3], best_epoch=3)
    assert pd.read_csv(folder.summary).epoch.tolist() == [1, 2, 3]
    run_epochs(second, history, first=4)
    second.close()
    assert pd.read_csv(folder.summary).epoch.tolist() == [1, 2, 3, 4, 5]


def test_starting_again_forgets_the_summary(folder, make_history, reporter, no_figures):
    run_epochs(reporter, make_history(1))
    reporter.resume([])
    assert not folder.summary.exists()


def test_each_failed_video_is_named_once_and_counted_always(reporter, capsys):
    reporter.failures("train", [Failed("a.avi", "no frames"), Failed("a.avi", "no frames")])
    reporter.failures("train", [Failed("a.avi", "no frames"), Failed("b.avi", "cut short")])
    reporter.failures("train", [Failed("a.avi", "no frames")])
    reporter.failures("train", [])
    assert capsys.readouterr().out.splitlines() == [
        "train: 1 video could not be decoded",
        "  a.avi: no frames",
        "train: 2 videos could not be decoded",
        "  b.avi: cut short",
        "train: 1 video could not be decoded, all named above",
    ]


def test_check_which_reads_all_videos_first_names_each_once_and_repeats_nothing(capsys):
    reporter = Reporter(None, repeats_failures=False)
    reporter.failures("train", [Failed("a.avi", "no frames")])
    reporter.failures("train", [Failed("a.avi", "no frames")])
    reporter.failures("val", [Failed("a.avi", "no frames"), Failed("b.avi", "cut short")])
    told = ["train: 1 video could not be decoded", "  a.avi: no frames", "val: 2 videos could not be decoded"]
    assert capsys.readouterr().out.splitlines() == [*told, "  b.avi: cut short"]


def test_a_run_selected_on_test_says_so(folder, make_history, capsys, monkeypatch, no_figures):
    headings = []
    monkeypatch.setattr(reporting, "draw_confusion", lambda path, counts, classes, heading: headings.append(heading))
    reporter = Reporter(folder, note="selected on test")
    run_epochs(reporter, make_history(1))
    reporter.test("best", 1, {"test/top1": 66.7}, FIGURE, ["left", "right", "still"])
    reporter.close()
    assert "best 61.0 (epoch 1) selected on test" in capsys.readouterr().out
    assert pd.read_csv(folder.summary).note.tolist() == ["selected on test"]
    assert headings == ["test, best weights (epoch 1, selected on test): top-1 66.7"]


def test_an_experiments_own_metric_has_its_own_title_in_line_and_figure(folder, capsys, monkeypatch):
    titles = []
    monkeypatch.setattr(
        "pyvideoai.reporting.reporter.draw_curves", lambda folder, curves: titles.append(curves.wording.title("ece"))
    )
    reporter = Reporter(folder, metrics=[Calibration()])
    run_epochs(reporter, [{"epoch": 1, "val/ece": 0.1234}])
    reporter.close()
    assert "val calibration error 0.123" in capsys.readouterr().out
    assert titles == ["calibration error"]


def test_figures_are_drawn_at_first_and_at_the_end_but_not_each_epoch(folder, make_history, no_figures):
    reporter = Reporter(folder)
    run_epochs(reporter, make_history(4))
    assert no_figures == [1]
    reporter.close()
    assert no_figures == [1, 4]


def test_importing_the_reporter_loads_nothing_heavy():
    heavy = ["torch", "matplotlib", "tensorboard", "pandas", "sklearn"]
    ours = "pyvideoai.reporting.reporter, pyvideoai.reporting.predictions"
    code = f"import sys, {ours}; print(sys.modules.keys() & {heavy})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def test_the_line_of_an_epoch_that_a_kill_left_unsaid_is_said_by_the_resume_once(folder, make_history, no_figures):
    history = make_history(2)
    for _ in range(2):
        reporter = Reporter(folder)
        reporter.resume(history, best_epoch=2, num_epochs=3)
        reporter.close()
    assert (folder.logs / "train.log").read_text().count(" epoch 2/3 ") == 1
