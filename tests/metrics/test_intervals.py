import pytest

from pyvideoai.metrics import interval95


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, the score method without continuity correction.
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.0, 16.11),
        (1, 29, 0.61, 17.18),
        # The mirror image of the line above.
        (28, 29, 82.82, 99.39),
    ],
)
def test_published_values(correct, total, low, high):
    assert interval95(correct, total) == pytest.approx((low, high), abs=0.006)


def test_symmetric_about_one_half():
    low, high = interval95(50, 100)
    assert low + high == pytest.approx(100)


def test_nothing_scored_says_nothing():
    assert interval95(0, 0) == (0.0, 100.0)


def test_stays_within_0_and_100():
    assert interval95(0, 1)[0] == 0.0
    assert interval95(1, 1)[1] == 100.0
