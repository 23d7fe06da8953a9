import dataclasses

import numpy as np
import pandas as pd
import pytest

from pyvideoai.reporting.predictions import save_predictions
from pyvideoai.reporting.spreadsheet import cell, uncell

CLASSES = ["left", "right", "走る"]


@pytest.fixture
def table():
    return pd.DataFrame(
        {"video": ["a.mp4", "b.mp4", "broken.mp4", "d.mp4"], "label": [0, 1, 1, 2], "group": ["x", "x", "y", "z"]},
        index=[10, 11, 12, 13],
    )


def test_the_table_gains_names_and_probabilities(tmp_path, predictions, table):
    csv, _ = save_predictions(tmp_path / "new" / "test_epoch0009_5x1", predictions, table, CLASSES)
    assert csv.name == "test_epoch0009_5x1.csv"
    saved = pd.read_csv(csv)
    assert saved[["video", "label", "group"]].equals(table.reset_index(drop=True))
    assert saved.label_name.tolist()[:2] + saved.label_name.tolist()[3:] == ["left", "right", "走る"]
    assert saved.predicted.tolist()[:2] + saved.predicted.tolist()[3:] == ["left", "right", "left"]
    assert saved.probability[3] == 0.5
    assert saved.top5[0] == "left 0.7000; right 0.2000; 走る 0.1000"
    assert saved.correct.tolist()[3] is False


def test_a_video_that_failed_has_no_prediction(tmp_path, predictions, table):
    csv, _ = save_predictions(tmp_path / "p", predictions, table, CLASSES)
    assert pd.read_csv(csv).iloc[2][["predicted", "probability", "correct", "top5"]].isna().all()


def test_an_output_that_is_no_number_is_no_prediction(tmp_path, predictions, table):
    probabilities = predictions.probabilities.copy()
    probabilities[0] = np.nan
    csv, _ = save_predictions(
        tmp_path / "p", dataclasses.replace(predictions, probabilities=probabilities), table, CLASSES
    )
    saved = pd.read_csv(csv)
    assert saved.predicted.isna().tolist() == [True, False, True, False]
    assert saved.predicted[1] == "right"


def test_the_arrays_load_without_pickle(tmp_path, predictions, table):
    _, npz = save_predictions(tmp_path / "p", predictions, table, CLASSES)
    with np.load(npz, allow_pickle=False) as saved:
        assert saved["rows"].tolist() == [0, 1, 3]
        assert saved["labels"].tolist() == [0, 1, 2]
        assert np.array_equal(saved["probabilities"], predictions.probabilities)
        assert saved["classes"].tolist() == CLASSES


def test_a_column_of_the_same_name_is_kept(tmp_path, predictions, table):
    csv, _ = save_predictions(tmp_path / "p", predictions, table.assign(probability=9.0), CLASSES)
    saved = pd.read_csv(csv)
    assert saved.probability_given.tolist() == [9.0] * 4
    assert saved.probability[3] == 0.5


def test_no_more_than_five_classes_are_listed(tmp_path, predictions, table):
    wide = dataclasses.replace(predictions, probabilities=np.full((3, 7), 1 / 7, np.float32))
    csv, _ = save_predictions(tmp_path / "p", wide, table, [f"c{each}" for each in range(7)])
    assert pd.read_csv(csv).top5[0].startswith("c0 0.1429; c1") and pd.read_csv(csv).top5[0].count(";") == 4


def test_nothing_could_be_decoded(tmp_path, predictions, table):
    nothing = dataclasses.replace(
        predictions,
        rows=np.empty(0, np.int64),
        labels=np.empty(0, np.int64),
        probabilities=np.empty(0, np.float32),
    )
    csv, _ = save_predictions(tmp_path / "p", nothing, table, CLASSES)
    assert pd.read_csv(csv).predicted.isna().all()


FORMULAS = ["=1+1", "+1-2", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", "\N{FULLWIDTH EQUALS SIGN}1"]


def test_what_a_spreadsheet_would_run_is_text(tmp_path, predictions, table):
    """A `'` before it; row i of the table is line i of the file, which joins them whatever the names are."""
    odd = table.assign(video=[f"{each}.mp4" for each in FORMULAS[:4]], **{"=note": ["-1.5", "ok", "\tx", "a\r\nb"]})
    csv, npz = save_predictions(tmp_path / "p", predictions, odd, [*FORMULAS[4:], "-walk"])
    saved = pd.read_csv(csv, dtype=str, keep_default_na=False)
    assert saved.video.tolist() == [f"'{each}.mp4" for each in FORMULAS[:4]]
    assert saved["'=note"].tolist() == ["-1.5", "ok", r"\tx", r"a\r\nb"]
    assert saved.label_name.tolist() == [f"'{FORMULAS[4]}", f"'{FORMULAS[5]}", "", "'-walk"]
    assert saved.top5[0].startswith(f"'{FORMULAS[4]} 0.7000; ")
    assert len(csv.read_bytes().splitlines()) == 1 + len(odd)
    assert np.load(npz)["classes"].tolist() == [*FORMULAS[4:], "-walk"]


def test_all_other_names_stay_as_they_are(tmp_path, predictions, table):
    names = ["a=1.mp4", "Zürich 走る.mp4", "'quoted'.mp4", 'a,"b".mp4']
    csv, _ = save_predictions(tmp_path / "p", predictions, table.assign(video=names), CLASSES)
    assert pd.read_csv(csv, dtype=str).video.tolist() == names


@pytest.mark.parametrize("text", ["-12", "+3", "1e5", "-inf", "'quoted'", " =x", 'a,"b"', "a-b", "", "🤸"])
def test_numbers_and_plain_text_are_no_formulas(text):
    assert cell(text) == text and cell(-1.5) == -1.5 and cell(None) is None


@pytest.mark.parametrize("text", ["=1+1", "-x", "plain", "'quoted", "-1.5", ""])
def test_what_was_made_safe_reads_back(text):
    assert uncell(cell(text)) == text
