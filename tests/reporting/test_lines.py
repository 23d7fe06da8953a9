import math

import pytest

from pyvideoai.metrics import Metric
from pyvideoai.reporting.lines import Wording, clean, compact, duration, epoch_line, failure_lines, step_text


class Calibration(Metric):
    name, title, percent = "ece", "calibration error", False

    def __call__(self, outcomes):
        return 0.0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (5e-4, "5e-4"), (1.25e-5, "1.25e-5"), (0.01, "0.01"), (0, "0"), (3.0, "3"), (math.inf, "inf")],
)
def test_compact(value, text):
    assert compact(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (31.6, "0:32"), (59.7, "1:00"), (725, "12:05"), (3800, "1:03:20")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_titles_and_numbers_of_metrics():
    wording = Wording()
    assert [wording.title(name) for name in ("top1", "loss", "my_own")] == ["top-1", "loss", "my own"]
    assert (wording.number("loss", 1.23456), wording.number("top1", 45.678)) == ("1.235", "45.7")


def test_an_experiments_own_metric_is_shown_as_it_says():
    line = epoch_line(
        [{"epoch": 1, "val/ece": 0.12345}],
        best_epoch=1,
        num_epochs=1,
        select="val/ece",
        seconds=1,
        left_s=0,
        wording=Wording((Calibration(),)),
    )
    assert "  val calibration error 0.123  best val calibration error 0.123 (epoch 1)  " in line


def test_step_text_shows_what_fits_a_line():
    values = {"data_wait_share": 0.041, "loss": 1.2, "gradient_norm": 3.0, "learning_rate": 5e-4, "clips_per_s": 31.24}
    assert step_text(values) == "loss 1.200  lr 5e-4  31.2 clips/s  wait 4 %"
    assert step_text({}) == ""


def test_epoch_line(make_history):
    line = epoch_line(make_history(5), best_epoch=4, num_epochs=100, seconds=31.6, left_s=2890)
    assert line == (
        "epoch 5/100  train loss 0.733 top-1 90.0  val loss 0.600 top-1 65.0  multi-crop loss 0.500 top-1 67.0"
        "  best 64.0 (epoch 4)  lr 5e-4  31.2 clips/s  wait 4 %  0:32  left 48:10"
    )


def test_epoch_line_says_by_what_and_on_what_the_best_was_selected(make_history):
    line = epoch_line(
        make_history(2), best_epoch=2, num_epochs=2, select="val/loss", seconds=1, left_s=0, note="selected on test"
    )
    assert "  best val loss 1.500 (epoch 2) selected on test  " in line


def test_epoch_line_shows_the_metric_that_chooses_the_best_epoch(make_history):
    rows = [{**row, "train/ece": 0.25, "val/ece": 0.125} for row in make_history(1)]
    shown = {"num_epochs": 2, "seconds": 1, "left_s": 0, "wording": Wording((Calibration(),))}
    line = epoch_line(rows, best_epoch=1, select="val/ece", **shown)
    assert " calibration error 0.250  val loss " in line and " calibration error 0.125  best " in line
    assert " top-1 " in epoch_line(rows, best_epoch=1, select="val/loss", **shown)


def test_epoch_line_without_validation_or_best():
    row = {"epoch": 1, "train/loss": 2.0, "train/mean_class_accuracy": 12.34}
    line = epoch_line([row], best_epoch=None, num_epochs=3, seconds=1, left_s=2)
    assert line == "epoch 1/3  train loss 2.000 mean class accuracy 12.3  0:01  left 0:02"


def test_failure_lines():
    assert failure_lines("val", 1, [("a.avi", "no frames")]) == [
        "val: 1 video could not be decoded",
        "  a.avi: no frames",
    ]
    assert failure_lines("val", 1, [("a\nb.avi", "no\nframes")])[1] == r"  a\nb.avi: no\nframes"
    assert failure_lines("train", 2, []) == ["train: 2 videos could not be decoded, all named above"]


def test_clean_escapes_what_a_terminal_would_obey():
    assert clean("a\x1b[31mb\rc\x00d\ne") == r"a\x1b[31mb\rc\x00d" + "\ne"
    assert clean("\x7f\x9b1m") == r"\x7f\x9b1m"
    assert clean("Zürich 走る") == "Zürich 走る" and clean("gpj.\u202eexe\u2028") == r"gpj.\u202eexe\u2028"
    assert clean("bad\udcff.avi") == r"bad\udcff.avi"
