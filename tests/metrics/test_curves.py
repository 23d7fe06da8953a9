"""The curve of a class, its average precision and its threshold are scikit-learn's, to the last bit."""

import numpy as np
import pytest
from sklearn import metrics as sk

from pyvideoai.metrics import Outcomes, average_precisions, class_scores
from pyvideoai.metrics.curves import precision_recall


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("levels", [1, 2, 7, 10**6])
@pytest.mark.parametrize("videos", [1, 2, 500])
def test_points_and_area_are_scikit_learns(kind, levels, videos):
    rng = np.random.default_rng(videos + levels)
    for share in (0.02, 0.5, 1.0):
        truth = rng.random(videos) < share
        truth[rng.integers(videos)] = True
        scores = (np.round((rng.random(videos) + truth) * levels) / (2 * levels)).astype(kind)
        curve = precision_recall(truth, scores)
        precision, recall, thresholds = sk.precision_recall_curve(truth, scores)
        assert np.array_equal(curve.precision, precision[:-1]) and np.array_equal(curve.recall, recall[:-1])
        assert np.array_equal(curve.thresholds, thresholds)
        assert curve.average_precision == sk.average_precision_score(truth, scores)


def test_videos_without_a_finite_output_are_wrong_in_every_class():
    rng = np.random.default_rng(0)
    truth, scores = rng.random((60, 4)) < 0.4, rng.random((60, 4)).astype(np.float32)
    truth[:, 3] = False
    truth[:3, 0] = True
    scores[:3] = np.nan
    found = average_precisions(Outcomes(truth, scores, np.zeros(60)))
    for number in range(3):
        ranked = np.where(np.isfinite(scores[:, number]), scores[:, number], np.where(truth[:, number], -1, 2))
        assert found[number] == sk.average_precision_score(truth[:, number], ranked)
    assert np.isnan(found[3])
    of_classes = class_scores(Outcomes(truth, scores, np.zeros(60)), scores > 0.5, wished=0.3)
    reached = scores[:, 0] >= of_classes.threshold[0]
    assert of_classes.recall_there[0] == pytest.approx((reached & truth[:, 0]).sum() / truth[:, 0].sum())
