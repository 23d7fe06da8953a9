"""Every expected value here was worked out by hand."""

import math

import numpy as np
import pytest

from pyvideoai.metrics import Loss, MeanAveragePrecision, Metric, Outcomes, average_precisions

SCORES = np.array([[0.9, 0.2, 0.1], [0.8, 0.6, 0.3], [0.7, 0.4, 0.2], [0.1, 0.9, 0.5]], np.float32)
LABELS = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]])


def outcomes_of(scores, labels):
    right = np.where(labels == 1, scores, 1 - scores)
    return Outcomes(labels.astype(bool), scores, -np.log(right).mean(1))


@pytest.fixture
def four():
    """Of class 0 the first and third of the ranking are right, of class 1 the second and third; class 2 is absent."""
    return outcomes_of(SCORES, LABELS)


def test_average_precision_is_the_mean_precision_at_the_positives(four):
    assert average_precisions(four)[:2] == pytest.approx([(1 + 2 / 3) / 2, (1 / 2 + 2 / 3) / 2])


def test_a_class_without_a_positive_is_left_out(four):
    assert math.isnan(average_precisions(four)[2])
    assert MeanAveragePrecision()(four) == pytest.approx(100 * (5 / 6 + 7 / 12) / 2)


def test_without_any_positive_there_is_no_number():
    assert math.isnan(MeanAveragePrecision()(outcomes_of(SCORES, 0 * LABELS)))


def test_an_output_that_is_no_number_is_wrong():
    broken = np.array([[np.nan, 0.5], [0.9, 0.8], [0.2, 0.1]], np.float32)
    outcomes = outcomes_of(broken, np.array([[1, 0], [1, 1], [0, 0]]))
    assert average_precisions(outcomes) == pytest.approx([(1 + 2 / 3) / 2, 1 / 2])


def test_loss_is_binary_cross_entropy(four):
    right = np.where(LABELS == 1, SCORES, 1 - SCORES)
    assert Loss()(four) == pytest.approx(-np.log(right).mean(), rel=1e-6)


def test_concatenated_pieces_score_as_one(four):
    halves = [
        Outcomes(four.labels[part], four.probabilities[part], four.losses[part])
        for part in (slice(0, 1), slice(1, None))
    ]
    joined = Outcomes.concatenate(halves)
    assert MeanAveragePrecision()(joined) == MeanAveragePrecision()(four) and Loss()(joined) == Loss()(four)


def test_it_follows_the_protocol():
    assert isinstance(MeanAveragePrecision(), Metric) and MeanAveragePrecision() == MeanAveragePrecision()
    assert MeanAveragePrecision().multi_label and MeanAveragePrecision().higher_is_better
