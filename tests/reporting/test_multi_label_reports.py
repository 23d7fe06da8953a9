"""What is reported of videos of none, one or several classes: predictions to sort, average precision to look at."""

import numpy as np
import pandas as pd
import pytest

from pyvideoai.reporting.classes import draw_average_precisions
from pyvideoai.reporting.predictions import save_predictions
from pyvideoai.tasks import ClassPrecisions, MultiLabel

CLASSES = ["left", "right", "走る"]


@pytest.fixture
def several(predictions):
    """Three of four videos: rows 0, 1 and 3."""
    predictions.task = MultiLabel()
    predictions.labels = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]], np.float32)
    predictions.probabilities = np.array([[0.9, 0.2, 0.6], [0.1, 0.2, 0.3], [0.5, 0.4, 0.1]], np.float32)
    return predictions


def test_predictions_name_all_classes_that_are_there_and_all_of_at_least_a_half(tmp_path, several):
    table = pd.DataFrame({"video": list("abcd"), "label": [(0, 2), (), (1,), (1,)]})
    csv, npz = save_predictions(tmp_path / "p", several, table, CLASSES)
    saved = pd.read_csv(csv, dtype=str, keep_default_na=False)
    assert saved.label.tolist() == ["0;2", "", "1", "1"]
    assert saved.label_name.tolist() == ["left;走る", "", "", "right"]
    assert saved.predicted.tolist() == ["left;走る", "", "", "left"]
    assert saved.top5.tolist()[0] == "left 0.9000; 走る 0.6000; right 0.2000" and saved.top5.tolist()[2] == ""
    assert "correct" not in saved and table["label"].tolist() == [(0, 2), (), (1,), (1,)]
    with np.load(npz, allow_pickle=False) as arrays:
        assert np.array_equal(arrays["labels"], several.labels)


def test_a_run_draws_average_precisions_and_no_confusion_matrix(reporter, folder, monkeypatch):
    drawn = []
    monkeypatch.setattr("pyvideoai.reporting.reporter.draw_average_precisions", lambda *what: drawn.append(what))
    figure = ClassPrecisions(np.ones(3), np.ones(3, int))
    reporter.test("best", 3, {"test/loss": 0.3, "test/map": 75.0}, figure, CLASSES)
    ((path, precisions, positives, classes, heading),) = drawn
    assert path == folder.plots / "average_precision_best.png" and classes[:2] == CLASSES[:2]
    assert precisions.tolist() == [1, 1, 1] and positives.tolist() == [1, 1, 1]
    assert heading == "test, best weights (epoch 3): loss 0.300, mAP 75.0"
    assert not list(folder.plots.glob("confusion*"))


@pytest.mark.parametrize("classes", [1, 3, 157])
def test_the_figure_bears_any_number_of_classes_and_some_that_are_absent(tmp_path, classes):
    precisions = np.linspace(0, 1, classes)
    precisions[0] = np.nan
    names = [f"$class_{number}$ 走る" * 5 for number in range(classes)]
    path = draw_average_precisions(tmp_path / "a.png", precisions, np.arange(classes), names, "a heading")
    assert path.stat().st_size > 4000
