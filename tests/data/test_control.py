"""Clips with disturbed frames: the same frames in another order, or one of them only."""

import numpy as np
import pytest

from pyvideoai.data import AtFps, Dense
from pyvideoai.data.control import CONTROLS, Disturbed

DENSE = Dense(8, 4)


@pytest.mark.parametrize("sampler", [DENSE, AtFps(DENSE, 12)])
def test_each_control_has_frames_of_the_same_clip(sampler):
    plain = sampler.test(100, 25, 1, 3)
    shuffled, backwards, frozen = (Disturbed(sampler, how).test(100, 25, 1, 3) for how in CONTROLS)
    assert sorted(shuffled) == sorted(plain) and backwards.tolist() == plain.tolist()[::-1]
    assert frozen.tolist() == [plain[4]] * 8 and Disturbed(sampler, "frozen").frames == 8


def test_a_shuffle_is_the_same_each_time_and_never_an_order():
    three = Dense(3, 1)
    for length in range(3, 60):
        shuffled = Disturbed(three, "shuffled").test(length, 25, 0, 1)
        assert np.array_equal(shuffled, Disturbed(three, "shuffled").test(length, 25, 0, 1))
        steps = np.diff(shuffled)
        assert not (steps > 0).all() and not (steps < 0).all()


def test_a_clip_that_has_no_order_is_left():
    assert Disturbed(Dense(4, 2), "shuffled").test(1, 25, 0, 1).tolist() == [0, 0, 0, 0]
