"""Every expected value here was worked out by hand."""

import math

import numpy as np
import pytest

from pyvideoai.metrics import (
    ExpectedCalibrationError,
    Loss,
    LossDoubleSoftmax,
    MacroF1,
    MeanClassAccuracy,
    Metric,
    Outcomes,
    Top1,
    Top5,
    TopK,
    confusion,
)

METRICS = [Top1(), Top5(), MeanClassAccuracy(), MacroF1(), ExpectedCalibrationError(), Loss(), LossDoubleSoftmax()]


def outcomes(probabilities, labels):
    labels = np.array(labels)
    own = np.array(probabilities, np.float64)[np.arange(len(labels)), labels]
    return Outcomes(labels, np.array(probabilities, np.float32), -np.log(np.maximum(own, 1e-12)))


@pytest.fixture
def four():
    """Labels 0, 0, 0, 1 of 3 classes, predicted 0, 0, 1, 1; class 2 is absent."""
    return outcomes([[0.7, 0.2, 0.1], [0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.1, 0.8, 0.1]], [0, 0, 0, 1])


def test_top1_is_the_share_of_right_first_guesses(four):
    assert Top1()(four) == 75.0


def test_mean_class_accuracy_averages_over_the_classes_that_occur(four):
    assert MeanClassAccuracy()(four) == pytest.approx(100 * (2 / 3 + 1) / 2)


def test_mean_class_accuracy_ignores_predictions_of_absent_classes():
    guesses = [[0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.1, 0.1, 0.8]]
    assert MeanClassAccuracy()(outcomes(guesses, [1, 1, 1])) == pytest.approx(100 / 3)


def test_loss_is_the_mean_negative_log_probability(four):
    assert Loss()(four) == pytest.approx(-(math.log(0.7) + math.log(0.5) + math.log(0.25) + math.log(0.8)) / 4)


def test_double_softmax_takes_probabilities_for_logits():
    value = LossDoubleSoftmax()(outcomes([[0.75, 0.25]], [0]))
    assert value == pytest.approx(-math.log(math.exp(0.75) / (math.exp(0.75) + math.exp(0.25))))


def test_double_softmax_of_a_sure_and_right_network_is_the_floor_its_docstring_names():
    probabilities = np.eye(51, dtype=np.float32)
    assert LossDoubleSoftmax()(outcomes(probabilities, np.arange(51))) == pytest.approx(2.96, abs=0.005)


def test_ties_go_to_the_lower_label():
    tied = outcomes([[0.25, 0.25, 0.25, 0.25]] * 2, [0, 3])
    assert tied.predicted.tolist() == [0, 0] and tied.label_ranks.tolist() == [0, 3]
    assert [TopK(k)(tied) for k in (1, 3, 4)] == [50.0, 50.0, 100.0]
    assert Top1()(tied) == 50.0


def test_an_output_that_is_no_number_is_wrong_in_every_metric():
    broken = outcomes([[math.nan] * 3, [0.1, 0.8, 0.1]], [0, 1])
    assert broken.predicted.tolist() == [-1, 1] and broken.label_ranks.tolist() == [3, 0]
    assert [Top1()(broken), Top5()(broken), MeanClassAccuracy()(broken)] == [50.0, 50.0, 50.0]
    assert math.isnan(Loss()(broken))
    assert math.isnan(ExpectedCalibrationError()(broken)) and MacroF1()(broken) == 50.0
    assert confusion(broken).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_top5_counts_the_fifth_and_not_the_sixth():
    falling = [0.3, 0.2, 0.15, 0.14, 0.11, 0.1]
    assert [Top5()(outcomes([falling], [label])) for label in (0, 4, 5)] == [100.0, 100.0, 0.0]


@pytest.mark.parametrize("classes", [2, 5])
def test_top5_of_five_classes_or_fewer_is_100(classes):
    probabilities = np.random.default_rng(0).dirichlet(np.ones(classes), 20)
    assert Top5()(outcomes(probabilities, np.arange(20) % classes)) == 100.0


def test_top_k_counts_as_sorting_does():
    rng = np.random.default_rng(0)
    scores, labels = rng.integers(0, 6, (500, 30)) / 5, rng.integers(0, 30, 500)
    order = np.argsort(-scores, axis=1, kind="stable")
    for k in (1, 5, 10, 30):
        expected = 100 * (order[:, :k] == labels[:, None]).any(1).mean()
        assert TopK(k)(Outcomes(labels, scores.astype(np.float32), np.zeros(500))) == pytest.approx(expected)


def test_macro_f1_averages_over_classes_that_occur_or_are_predicted(four):
    # class 0: precision 1, recall 2/3; class 1: precision 1/2, recall 1
    assert MacroF1()(four) == pytest.approx(100 * (0.8 + 2 / 3) / 2)


def test_calibration_error_is_the_weighted_gap_between_confidence_and_accuracy():
    # two in (0.6, 0.8], of which one is right; one in (0.8, 1], which is right
    three = outcomes([[0.7, 0.3], [0.35, 0.65], [0.9, 0.1]], [0, 0, 0])
    expected = 100 * (2 / 3 * abs(0.5 - (0.7 + 0.65) / 2) + 1 / 3 * abs(1 - 0.9))
    assert ExpectedCalibrationError(bins=5)(three) == pytest.approx(expected, rel=1e-5)


def test_a_metric_of_ones_own_is_a_class_with_one_function(four):
    class ShareOfSure(Metric):
        def __call__(self, outcomes):
            return 100 * float((outcomes.probabilities.max(1) > 0.6).mean())

    own = ShareOfSure()
    assert (own.name, own.title, own.number(own(four))) == ("share_of_sure", "share of sure", "50.0")
    assert own.higher_is_better and not own.multi_label


def test_concatenated_pieces_score_as_one(four):
    halves = [Outcomes(four.labels[i], four.probabilities[i], four.losses[i]) for i in (slice(0, 1), slice(1, None))]
    joined = Outcomes.concatenate(halves)
    assert [metric(joined) for metric in METRICS] == [metric(four) for metric in METRICS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_metrics_follow_the_protocol_and_compare_by_value(metric, four):
    assert isinstance(metric, Metric)
    assert metric == type(metric)()
    assert isinstance(metric(four), float)
    assert metric.higher_is_better == (metric.percent and metric.name != "ece")


def test_confusion_has_a_row_per_true_class_even_for_absent_ones():
    counts = confusion(outcomes(np.eye(4)[[0, 1, 2]], [0, 0, 2]))
    assert counts.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
