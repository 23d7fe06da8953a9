import csv

import pandas as pd
import pytest

from pyvideoai.errors import UserError
from pyvideoai.reporting.summary import columns, read_history, write_summary


def test_round_trip_is_exact(tmp_path, make_history):
    history = make_history(12)
    write_summary(tmp_path / "summary.csv", history)
    with (tmp_path / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    back = [
        {name: float(row[name.replace("/", "_")]) for name in wanted} for row, wanted in zip(rows, history, strict=True)
    ]
    assert back == history
    write_summary(tmp_path / "summary.csv", history, "selected on test")
    assert read_history(tmp_path / "summary.csv") == history


@pytest.mark.parametrize("text", ["", "epoch,val_top1\n", "val_top1\n50\n", "epoch,val_top1\n1,good\n", "\x00"])
def test_what_is_no_summary_is_one_line(tmp_path, text):
    path = tmp_path / "summary.csv"
    with pytest.raises(UserError, match="has not finished an epoch"):
        read_history(path)
    path.write_text(text)
    with pytest.raises(UserError, match=r"summary.csv (has no epochs|can't be read)"):
        read_history(path)


def test_a_value_that_an_epoch_lacks_is_an_empty_cell(tmp_path, make_history):
    write_summary(tmp_path / "summary.csv", make_history(6))
    table = pd.read_csv(tmp_path / "summary.csv")
    assert table.epoch.tolist() == [1, 2, 3, 4, 5, 6]
    assert table.val_multicrop_top1.notna().tolist() == [False] * 4 + [True, False]
    assert table.val_multicrop_top1[4] == 67.0


def test_columns_go_split_by_split(make_history):
    names = columns(make_history(5))
    assert names[:4] == ["epoch", "train/loss", "train/top1", "train/top5"]
    assert names[4:10] == [f"{split}/{name}" for split in ("val", "val_multicrop") for name in ("loss", "top1", "top5")]
    assert set(names[10:]) == {"runtime_s", "clips_per_s", "data_wait_share", "memory_gb", "learning_rate"}


def test_the_note_is_a_column(tmp_path, make_history):
    write_summary(tmp_path / "summary.csv", make_history(2), "selected on test")
    assert pd.read_csv(tmp_path / "summary.csv").note.tolist() == ["selected on test"] * 2


def test_no_epochs_no_file(tmp_path, make_history):
    write_summary(tmp_path / "summary.csv", make_history(2))
    write_summary(tmp_path / "summary.csv", [])
    assert list(tmp_path.iterdir()) == []


def test_a_metric_s_name_keeps_to_its_cell(tmp_path):
    write_summary(tmp_path / "summary.csv", [{"epoch": 1, "val/a\nb\x1b": 2.0, "=1+1": 3.0}])
    assert (tmp_path / "summary.csv").read_text() == "epoch,val_a\\nb\\x1b,'=1+1\n1,2.0,3.0\n"
