"""Text measured and written in pixels, and pictures put on a sheet."""

import numpy as np
import pytest

from pyvideoai.reporting.pen import Pen, Sheet, filled

PEN = Pen(9, 110)


@pytest.mark.parametrize("text", ["walk", "Jump, jump & iii WWW", "走る"])
def test_the_measured_width_is_that_of_what_is_written(text):
    ink = PEN.written([text], 20)[..., 3].any(axis=0)
    columns = np.flatnonzero(ink)
    assert abs(columns[-1] - columns[0] + 1 - PEN.width(text)) <= 4


def test_lines_stand_in_the_middle_of_their_rows():
    picture = PEN.written(["x", "", "x"], 30, align="right")
    rows = picture[..., 3].any(axis=1).reshape(3, 30)
    assert rows[0].any() and not rows[1].any() and rows[2].any()
    assert not rows[[0, 2], :8].any() and not rows[[0, 2], -8:].any()


def test_lines_end_at_the_same_column_when_aligned_right():
    ink = PEN.written(["I", "WWWWWWI"], 20, align="right")[..., 3]
    ends = [np.flatnonzero(rows.any(axis=0))[-1] for rows in (ink[:20], ink[20:])]
    assert abs(ends[0] - ends[1]) <= 2


def test_only_what_is_too_long_is_shortened():
    assert PEN.shorten("brush hair", 200) == "brush hair"
    short = PEN.shorten("brush hair " * 20, 200)
    assert short.endswith("…") and short.startswith("brush hair brush") and 150 < PEN.width(short) <= 200
    assert PEN.shorten("WW", 1) == "W…"


def test_wrapping_keeps_every_word_in_order():
    words = ["test,", "best", "weights", "(epoch", "57):", "loss", "1.234,", "top-1", "63.2"]
    lines = PEN.wrap(" ".join(words), 150)
    assert " ".join(lines).split() == words and len(lines) > 1
    assert all(PEN.width(line) <= 150 for line in lines)
    assert PEN.wrap("averylongword " * 2, 10) == ["averylongword"] * 2


def test_pictures_lie_where_they_were_placed_on_white():
    sheet = Sheet()
    sheet.place(filled("#ff0000", 4, 2), 0, 0)
    half = np.zeros((1, 1, 4), np.uint8)
    half[..., 3] = 128
    sheet.place(half, -3, 1)
    sheet.place(half, 1, 0)
    pixels = sheet.pixels(margin=2)
    assert pixels.shape == (2 + 4, 4 + 3 + 4, 3)
    assert pixels[2, 5].tolist() == [255, 0, 0] and pixels[2, 6].tolist() == [127, 0, 0]
    assert pixels[3, 2].tolist() == [127, 127, 127] and pixels[3, 3].tolist() == [255] * 3
