"""Every expected value here was worked out by hand."""

import math

import numpy as np
import pytest

from pyvideoai.metrics import Loss, LossDoubleSoftmax, MeanClassAccuracy, Metric, Outcomes, Top1, Top5, confusion

METRICS = [Top1(), Top5(), MeanClassAccuracy(), Loss(), LossDoubleSoftmax()]


def outcomes(probabilities, labels):
    return Outcomes.from_probabilities(np.array(probabilities, np.float32), np.array(labels))


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


def test_a_probability_of_zero_gives_a_finite_loss():
    assert Loss()(outcomes([[1.0, 0.0]], [1])) == pytest.approx(-math.log(1e-12))


def test_double_softmax_takes_probabilities_for_logits():
    value = LossDoubleSoftmax()(outcomes([[0.75, 0.25]], [0]))
    assert value == pytest.approx(-math.log(math.exp(0.75) / (math.exp(0.75) + math.exp(0.25))))


def test_double_softmax_of_a_sure_and_right_network_is_the_floor_its_docstring_names():
    probabilities = np.eye(51, dtype=np.float32)
    assert LossDoubleSoftmax()(outcomes(probabilities, np.arange(51))) == pytest.approx(2.96, abs=0.005)


def test_ties_go_to_the_lower_label():
    tied = outcomes([[0.25, 0.25, 0.25, 0.25]] * 2, [0, 3])
    assert tied.ranked.tolist() == [[0, 1, 2, 3]] * 2
    assert Top1()(tied) == 50.0


def test_an_output_that_is_no_number_is_wrong_in_every_metric():
    broken = outcomes([[math.nan] * 3, [0.1, 0.8, 0.1]], [0, 1])
    assert broken.ranked.tolist() == [[-1, -1, -1], [1, 0, 2]]
    assert [Top1()(broken), Top5()(broken), MeanClassAccuracy()(broken)] == [50.0, 50.0, 50.0]
    assert math.isnan(Loss()(broken))
    assert confusion(broken.labels, broken.ranked[:, 0], classes=3).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_top5_counts_the_fifth_and_not_the_sixth():
    falling = [0.3, 0.2, 0.15, 0.14, 0.11, 0.1]
    assert [Top5()(outcomes([falling], [label])) for label in (0, 4, 5)] == [100.0, 100.0, 0.0]


@pytest.mark.parametrize("classes", [2, 5])
def test_top5_of_five_classes_or_fewer_is_100(classes):
    probabilities = np.random.default_rng(0).dirichlet(np.ones(classes), 20)
    assert Top5()(outcomes(probabilities, np.arange(20) % classes)) == 100.0


def test_ranked_holds_at_most_five_of_many_classes():
    assert outcomes(np.full((2, 400), 1 / 400), [0, 399]).ranked.shape == (2, 5)


def test_concatenated_pieces_score_as_one(four):
    halves = [
        Outcomes(four.labels[i], four.ranked[i], four.nll[i], four.nll_double_softmax[i])
        for i in (slice(0, 1), slice(1, None))
    ]
    joined = Outcomes.concatenate(halves)
    assert [metric(joined) for metric in METRICS] == [metric(four) for metric in METRICS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_metrics_follow_the_protocol_and_compare_by_value(metric, four):
    assert isinstance(metric, Metric)
    assert metric == type(metric)()
    assert isinstance(metric(four), float)
    assert metric.higher_is_better == metric.percent


def test_confusion_has_a_row_per_true_class_even_for_absent_ones():
    counts = confusion(np.array([0, 0, 2]), np.array([0, 1, 2]), classes=4)
    assert counts.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
