"""A table's rows as the loaders hold them: the same values, and no copy of them for each worker."""

from multiprocessing.reduction import ForkingPickler

import numpy as np
import pandas as pd
import pytest

from pyvideoai.data.rows import Rows

TABLE = pd.DataFrame(
    {
        "video": ["a.mp4", "", "跳/ü b.avi", "not utf-8 \udcff.mp4"],
        "label": [3, 0, 2, -1],
        "start_s": [0.5, np.nan, 1e9, 0],
        "checked": [True, False, True, True],
        "labels": [(0, 2), (), (1,), (0,)],
        "note": ["x", None, "y", float("nan")],
    }
)


@pytest.mark.parametrize("row", range(4))
def test_a_row_has_the_cells_of_the_table(row):
    given, entry = TABLE.iloc[row], Rows(TABLE)[row]
    for name, cell in given.items():
        assert getattr(entry, name) == cell or (cell != cell and getattr(entry, name) != getattr(entry, name))
    assert type(entry.video) is str and isinstance(entry.label, np.int64)


def test_columns_are_read_by_place_and_slice_like_lists():
    videos = Rows(TABLE).columns["video"]
    assert list(videos) == TABLE["video"].tolist() and videos[-1] == TABLE["video"][3]
    assert list(videos[1:3]) == TABLE["video"].tolist()[1:3]
    with pytest.raises(IndexError):
        videos[4]


def test_a_worker_is_handed_a_table_by_name_whatever_its_length():
    rows = 20_000
    long = pd.DataFrame({"video": [f"class/video {row}.mp4" for row in range(rows)], "label": np.arange(rows)})
    handed = len(ForkingPickler.dumps(Rows(long)))
    assert handed < 5_000  # bytes; the strings alone are 400,000
