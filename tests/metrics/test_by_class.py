"""Scores of single classes, calibration and slices, against scikit-learn's and SciPy's own numbers."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, fisher_exact
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from pyvideoai.metrics import class_scores, interval95, reliability, slices
from pyvideoai.metrics.slices import categories, holm, ranges
from pyvideoai.tasks import MULTI_LABEL, SINGLE_LABEL

CLASSES = 6


@pytest.fixture(params=["single", "multi"])
def scored(request):
    """Outcomes of 200 videos, and scikit-learn's own form of truth, decision and scores."""
    rng = np.random.default_rng(3)
    if request.param == "single":
        labels = rng.integers(0, CLASSES - 1, 200)  # the last class has no videos
        logits = rng.normal(size=(200, CLASSES)) + 1.5 * np.eye(CLASSES)[labels]
        probabilities = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32)
        truth, decided = np.eye(CLASSES, dtype=bool)[labels], np.eye(CLASSES, dtype=bool)[probabilities.argmax(1)]
        task = SINGLE_LABEL
    else:
        labels = (rng.random((200, CLASSES)) < 0.3) & (np.arange(CLASSES) < CLASSES - 1)
        probabilities = np.clip(0.35 * labels + 0.8 * rng.random((200, CLASSES)), 0, 1).astype(np.float32)
        truth, decided, task = labels, probabilities >= 0.5, MULTI_LABEL
    return task, task.outcomes(labels, probabilities, np.zeros(200)), truth, decided, probabilities


def test_classes_are_scored_as_scikit_learn_does(scored):
    task, outcomes, truth, decided, probabilities = scored
    found = class_scores(*task.by_class(outcomes), wished=0.8)
    precision, recall, f1, support = sk.precision_recall_fscore_support(truth, decided, zero_division=np.nan)
    np.testing.assert_array_equal(found.videos, support)
    np.testing.assert_array_equal(found.predicted, decided.sum(0))
    for ours, theirs in ((found.precision, precision), (found.recall, recall), (found.f1, f1)):
        np.testing.assert_allclose(ours, theirs)
    for number in range(CLASSES - 1):
        own = sk.average_precision_score(truth[:, number], probabilities[:, number])
        assert found.average_precision[number] == pytest.approx(own)
        assert tuple(found.recall_interval95[number]) == interval95(
            int((truth & decided)[:, number].sum()), support[number]
        )
    assert np.isnan([found.average_precision[-1], found.recall[-1], found.threshold[-1]]).all()


def test_a_threshold_gives_the_wished_precision_and_no_lower_one_does(scored):
    task, outcomes, truth, _, probabilities = scored
    found = class_scores(*task.by_class(outcomes), wished=0.8)
    for number in range(CLASSES - 1):
        reached = probabilities[:, number] >= found.threshold[number]
        assert sk.precision_score(truth[:, number], reached) >= 0.8
        assert sk.recall_score(truth[:, number], reached) == pytest.approx(found.recall_there[number])
        lower = [value for value in probabilities[:, number] if value < found.threshold[number]]
        assert all(truth[probabilities[:, number] >= value, number].mean() < 0.8 for value in lower)


def test_an_output_that_is_no_number_is_found_by_no_threshold():
    probabilities = np.array([[0.9, 0.1], [np.nan, np.nan], [0.2, 0.8]], np.float32)
    outcomes = SINGLE_LABEL.outcomes(np.array([0, 0, 1]), probabilities, np.zeros(3))
    found = class_scores(*SINGLE_LABEL.by_class(outcomes), wished=0.9)
    assert found.recall.tolist() == [0.5, 1] and found.recall_there.tolist() == [0.5, 1]
    assert SINGLE_LABEL.decisions(outcomes)[1].tolist() == [True, True]


def test_reliability_is_scikit_learns_curve(scored):
    task, outcomes, *_ = scored
    confidence, right = task.decisions(outcomes)
    curve = reliability(confidence, right, bins=10)
    accuracy, mean = calibration_curve(right, confidence, n_bins=10)
    filled = curve.counts > 0
    np.testing.assert_allclose(curve.accuracy[filled], accuracy)
    np.testing.assert_allclose(curve.confidence[filled], mean, rtol=1e-6)
    assert curve.error == pytest.approx((abs(accuracy - mean) * curve.counts[filled]).sum() / len(right))
    assert curve.overconfidence == pytest.approx(confidence.mean() - right.mean())


def test_nothing_scored_has_no_calibration():
    assert np.isnan(reliability(np.empty(0), np.empty(0, bool)).error)


def test_the_slice_that_differs_is_found_and_no_other():
    rng = np.random.default_rng(0)
    dark = np.arange(400) < 60
    right = rng.random(400) < np.where(dark, 0.3, 0.8)
    parts = {
        "light": {"dark": dark, "bright": ~dark},
        "group": categories(rng.integers(0, 12, 400).tolist()),
        "few": {"four": np.arange(400) < 4},
    }
    found = slices(right, parts)
    assert [each.value for each in found if each.differs] == ["dark", "bright"]
    assert len(found) == 2 + 12
    first = found[0]
    table = [[right[dark].sum(), (~right[dark]).sum()], [right[~dark].sum(), (~right[~dark]).sum()]]
    assert first.p == pytest.approx(fisher_exact(table).pvalue)
    assert (first.videos, first.accuracy) == (60, pytest.approx(100 * right[dark].mean()))
    assert first.interval95 == interval95(first.right, 60)


def test_holms_correction_is_stricter_than_benjamini_hochberg_and_the_textbooks():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    values = np.random.default_rng(1).random(20) ** 4
    assert (np.array(holm(values)) >= false_discovery_control(values) - 1e-12).all()
    assert holm([]) == []


def test_a_quantity_falls_into_four_parts_or_its_few_values():
    values = np.r_[np.arange(100) / 10, np.nan]
    parts = ranges(values)
    assert [part.sum() for part in parts.values()] == [25] * 4
    assert next(iter(parts)) == "0.0 to 2.5"
    assert ranges(np.array([25, 25.01, 30, np.nan])).keys() == {"25", "30"}
    # "c" has fewer videos than a slice must have.
    found = categories(["b", "a", "c"] + 4 * ["a", "b"])
    assert list(found) == ["b", "a"] and found["b"].tolist() == [True, False, False] + 4 * [False, True]


def test_a_multi_label_video_without_labels_has_no_right_class():
    probabilities = np.array([[0.9, 0.1], [0.6, 0.7], [np.nan, 0.1]], np.float32)
    outcomes = MULTI_LABEL.outcomes(np.array([[1, 0], [0, 0], [1, 1]]), probabilities, np.zeros(3))
    right, judged = MULTI_LABEL.right_first(outcomes)
    assert right.tolist() == [True, False, False] and judged.tolist() == [True, False, True]
