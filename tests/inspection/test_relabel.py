"""A filled-in table of likely wrong labels becomes new split tables, which a run trains on."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from made_runs import make_run

from pyvideoai.commands import relabel, report
from pyvideoai.config.run.snapshot import OVERRIDES
from pyvideoai.data.table import read_table
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder, write_json

CLASSES = ["run", "=1+1", "walk"]


@pytest.fixture
def reported(tmp_path: Path) -> ExperimentFolder:
    """A run with its report."""
    folder = make_run(tmp_path, CLASSES, per_class=4, root=tmp_path / "clips", settings="  limit_train  12   --set\n")
    overrides = ["dataset.root=clips", "limit_train=12", "learning_rate=0.1"]
    write_json(folder.configs / OVERRIDES, {"names": ["made", "small", "brief"], "overrides": overrides})
    report.main([str(folder.path)])
    return folder


def fill(folder: ExperimentFolder, right: dict[int, str], *, delimiter: str = ",") -> Path:
    path = folder.path / "report_suspects.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # as spreadsheets write it
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows({**row, "right_label": right.get(int(row["row"]), "")} for row in reversed(rows))
    return path


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_labels_are_changed_videos_dropped_and_the_old_tables_stay(reported, capsys, delimiter):
    fill(reported, {1: "walk", 3: "'=1+1", 4: "=1+1", 6: "Drop"}, delimiter=delimiter)
    before = {path: path.read_bytes() for path in reported.splits.iterdir()}
    assert relabel.main([str(reported.path)]) == 0
    out = reported.path / "relabelled"
    told = capsys.readouterr().out
    assert f"2 labels changed, 1 video dropped, 1 label confirmed: {out}\n" in told
    assert {path: path.read_bytes() for path in reported.splits.iterdir()} == before
    assert (out / "classes.txt").read_text() == "run\n=1+1\nwalk\n"
    old, new, test = (
        read_table(path, CLASSES) for path in (reported.splits / "train.csv", out / "train.csv", out / "test.csv")
    )
    expected = old.assign(label=[2 if row == 1 else 1 if row == 3 else label for row, label in enumerate(old["label"])])
    pd.testing.assert_frame_equal(new, expected.drop(index=6).reset_index(drop=True))
    pd.testing.assert_frame_equal(test, read_table(reported.splits / "test.csv", CLASSES))
    assert f"-D table -M small -E brief --set dataset.root={reported.path.parents[4] / 'clips'} " in told
    assert "learning_rate=0.1" in told and "limit_train" not in told


def test_a_second_table_is_written_beside_the_first_and_never_over_it(reported, tmp_path, capsys):
    fill(reported, {1: "walk"})
    relabel.main([str(reported.path)])
    relabel.main([str(reported.path)])
    assert (reported.path / "relabelled_2" / "train.csv").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.csv").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        relabel.main([str(reported.path), "--out", str(tmp_path / "mine")])
    assert (tmp_path / "mine" / "train.csv").read_text() == "mine"


def test_a_run_without_its_overrides_is_relabelled_as_well(reported, capsys):
    fill(reported, {1: "walk"})
    (reported.configs / OVERRIDES).unlink()
    assert relabel.main([str(reported.path)]) == 0
    assert "overrides.json is missing, which says how the run was trained: -D table" in capsys.readouterr().out


def test_what_is_wrong_with_a_table_is_one_line_and_nothing_is_written(reported, tmp_path):
    with pytest.raises(UserError, match="right_label is empty"):
        relabel.main([str(reported.path)])
    path = fill(reported, {1: "wlak", 2: "run"})
    with pytest.raises(UserError, match=r"line \d+: label 'wlak' is not a class \(did you mean 'walk'\?\); it is the"):
        relabel.main([str(reported.path)])
    path.write_text(path.read_text().replace("wlak", "walk").replace("train_1.mp4", "other.mp4"))
    with pytest.raises(UserError, match=r"other\.mp4 is not row 1 of the run's train\.csv"):
        relabel.main([str(reported.path)])
    path.write_text("video,label\na,b\n")
    with pytest.raises(UserError, match="has no column row, right_label"):
        relabel.main([str(reported.path)])
    with pytest.raises(UserError, match=r"is not there: tools/report\.py writes it"):
        relabel.main([str(reported.path), str(tmp_path / "nothing.csv")])
    with pytest.raises(UserError, match="give the folder of an experiment"):
        relabel.main([])
    assert not (reported.path / "relabelled").exists()
