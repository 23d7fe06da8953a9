import warnings
from types import SimpleNamespace

import matplotlib.image
import numpy as np
import pytest

from pyvideoai.reporting.confusion import confusion_text, draw_confusion, weakest_classes, worst_confusions
from pyvideoai.reporting.figures import Curves, draw_curves, draw_learning_rate, draw_metric
from pyvideoai.reporting.lines import Wording


@pytest.fixture
def axes():
    from matplotlib.figure import Figure

    return Figure().subplots()


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_every_metric_has_a_figure_and_all_are_in_one(tmp_path, make_history):
    paths = draw_curves(tmp_path, Curves(make_history(5), 4))
    names = ["learning_rate", "loss", "overview", "speed", "top1", "top5"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.png" for name in names]
    assert len(paths) == len(names)
    assert all(matplotlib.image.imread(path).std() > 0.01 for path in paths)


def test_curves_hold_the_values_where_they_were_measured(axes, make_history):
    draw_metric(axes, Curves(make_history(12), 11), "top1")
    lines = {line.get_label(): line.get_xydata().tolist() for line in axes.get_lines()}
    assert lines["val"] == [[epoch, 60.0 + epoch] for epoch in range(1, 13)]
    assert lines["multi-crop"] == [[5.0, 67.0], [10.0, 72.0]]
    assert lines["best 71.0 (epoch 11)"] == [[11.0, 71.0]]


def test_the_best_epoch_is_marked_where_it_was_selected(axes, make_history):
    draw_metric(axes, Curves(make_history(3), 2, note="selected on test"), "top1")
    assert legend(axes)[-1] == "best 62.0 (epoch 2), selected on test"
    other = axes.figure.add_subplot()
    draw_metric(other, Curves(make_history(3), 2), "loss")
    assert legend(other) == ["train", "val"]


def test_final_scores_are_marked(axes, make_history):
    draw_metric(axes, Curves(make_history(3), tests={"test, best weights": (2, {"test/top1": 61.04})}), "top1")
    assert legend(axes)[-1] == "test, best weights 61.0"


def test_only_percent_is_called_percent(axes):
    own = SimpleNamespace(name="ece", title="calibration error", percent=False)
    curves = Curves([{"epoch": 1, "val/ece": 0.1, "val/top1": 50.0}], wording=Wording((own,)))
    draw_metric(axes, curves, "ece")
    assert axes.get_title("left") == "calibration error"
    draw_metric(axes, curves, "top1")
    assert axes.get_title("left") == "top-1 (%)"


@pytest.mark.parametrize(("rates", "scale"), [([0.1, 0.01], "log"), ([0.1, 0.0], "linear"), ([5e-4], "log")])
def test_the_learning_rate_is_logarithmic_where_it_can_be(axes, rates, scale):
    draw_learning_rate(axes, Curves([{"epoch": epoch, "learning_rate": rate} for epoch, rate in enumerate(rates, 1)]))
    assert axes.get_yscale() == scale


def test_a_history_with_holes_and_no_numbers_can_be_drawn(tmp_path):
    history = [{"epoch": 1, "train/loss": float("nan")}, {"epoch": 2}]
    assert draw_curves(tmp_path, Curves(history))[0].name == "loss.png"


def test_a_rate_that_ends_at_nothing_does_not_take_the_whole_axis(axes):
    rates = [0.1, 0.05, 0.01, 1e-9]
    draw_learning_rate(axes, Curves([{"epoch": epoch, "learning_rate": rate} for epoch, rate in enumerate(rates, 1)]))
    low, high = axes.get_ylim()
    assert 1e-6 < low < 1e-5 and 0.1 < high < 1


@pytest.mark.parametrize("values", [[100.0] * 3, [0.0], [50.0, 100.0], [0.0, 97.5], [12.5]])
def test_percent_axes_stay_within_0_and_100_and_show_every_value(axes, values):
    draw_metric(axes, Curves([{"epoch": epoch, "val/top1": value} for epoch, value in enumerate(values, 1)]), "top1")
    low, high = axes.get_ylim()
    assert 0 <= low <= min(values) <= max(values) <= high <= 100
    assert high - low >= 2.5


@pytest.mark.parametrize("classes", [2, 20, 21, 51, pytest.param(400, marks=pytest.mark.slow)])
def test_confusion_matrices_of_any_size_are_complete(tmp_path, classes):
    counts = np.diag(np.full(classes, 3))
    counts[0, 1] = 2
    names = [f"$a_{each} {{x a name that is rather long, and longer still" for each in range(classes)]
    path = draw_confusion(tmp_path / "confusion.png", counts, names, "test, best weights: " + "top-1 63.2, " * 12)
    assert list(tmp_path.iterdir()) == [path]
    dark = (matplotlib.image.imread(path) < 0.9).any(axis=2)
    ink = np.argwhere(dark)
    margins = [*ink.min(axis=0), *(dark.shape - ink.max(axis=0) - 1)]
    assert all(10 <= margin <= 30 for margin in margins), "cut off, or empty at a side"
    assert dark.mean(axis=1).max() > 0.2


def test_few_classes_have_their_counts_in_the_cells_and_short_names_lie(tmp_path):
    counts = np.array([[5, 0], [0, 7]])
    sizes = [
        matplotlib.image.imread(draw_confusion(tmp_path / "c.png", counts, names, "test")).shape[0]
        for names in (["no", "yes"], ["no fight to be seen at all", "yes"])
    ]
    assert sizes[0] < sizes[1] - 40, "a long name makes both stand upright"


def test_names_in_any_script_raise_no_warning(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_confusion(tmp_path / "confusion.png", np.eye(3, dtype=int), ["발차기", "走る", "$x_{"], "test 발")


def test_worst_confusions_leave_out_what_is_right():
    counts = np.array([[9, 1, 0], [3, 2, 0], [0, 1, 0]])
    assert worst_confusions(counts) == [(1, 0, 3, 5), (2, 1, 1, 1), (0, 1, 1, 10)]
    assert worst_confusions(counts, most=1) == [(1, 0, 3, 5)]


def test_a_single_video_is_no_worst_confusion():
    counts = np.zeros((3, 3), dtype=int)
    counts[0, 1], counts[1, 2], counts[1, 1] = 1, 9, 11
    assert worst_confusions(counts) == [(1, 2, 9, 20), (0, 1, 1, 1)]
    assert confusion_text(["run", "walk", "hop"], (1, 2, 9, 20)) == "walk → hop: 45 % (9 of 20)"


def test_weakest_classes_leave_out_absent_and_perfect_ones():
    counts = np.array([[9, 1, 0, 0], [3, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 4]])
    assert weakest_classes(counts) == [(1, 2, 5), (0, 9, 10)]
