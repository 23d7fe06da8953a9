"""A run's split tables are read back as they were, whatever stands in them."""

from pathlib import Path

import pandas as pd
import pytest

from pyvideoai.data.lists import Dataset
from pyvideoai.data.recorded import keep_tables, recorded_part
from pyvideoai.data.splits import Splits
from pyvideoai.data.table import read_table
from pyvideoai.tasks import task_of

CLASSES = ["2", "1", "nan"]  # names that are other classes' numbers, and one that pandas takes for nothing
ROWS = {
    "video": [" a.mp4", 'b "c", d.mp4', "nan", "é.mp4"],
    "label": ["1", "2", "nan", "0"],
    "start_s": ["0.1", "", "1e-7", "0.30000000000000004"],
    "end_s": ["7", "2.5", "", ""],
    "group": ["007", "", "NA", "x"],
    "score": [1, 2, 3, 4],
}


@pytest.mark.parametrize("multi_label", [False, True])
def test_a_recorded_table_is_the_one_that_was_kept(tmp_path, multi_label):
    rows = ROWS | {"label": ["1;2", "", "nan", "2"]} if multi_label else ROWS
    for video in ROWS["video"]:
        Path(tmp_path, video).touch()
    table = read_table(pd.DataFrame(rows), CLASSES, "test", task=task_of(multi_label))
    splits = Splits(CLASSES, table, table, None, task=task_of(multi_label))
    keep_tables(splits, tmp_path / "splits")
    dataset = Dataset(tmp_path, lambda: CLASSES, dict, task_of(multi_label))
    run = {"classes": CLASSES, "splits": splits.facts()}
    found = recorded_part("val", run, tmp_path / "splits", dataset, "changed").table
    assert found["label"].tolist() == table["label"].tolist()
    assert found["video"].tolist() == table["video"].tolist()
    pd.testing.assert_frame_equal(found[["start_s", "end_s"]], table[["start_s", "end_s"]], check_exact=True)
    assert found["group"].tolist() == table["group"].tolist()
