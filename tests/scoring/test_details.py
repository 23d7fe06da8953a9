"""What an evaluation says besides its score, as tables, figures and console lines."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pyvideoai.errors import UserError
from pyvideoai.metrics.named import metrics_named
from pyvideoai.scoring.details import details_of, save_by_video
from pyvideoai.scoring.predictions import Predictions, Sample
from pyvideoai.scoring.samples import rows_to_show, show
from pyvideoai.tasks import MULTI_LABEL, SINGLE_LABEL

CLASSES = ["run", "walk", "=hop"]


def scored(task=SINGLE_LABEL, videos=60, dark=20):
    """Predictions of a network that is right but for the dark videos, in which everyone walks."""
    labels = np.arange(videos) % 3
    is_dark = np.arange(videos) < dark
    probabilities = np.full((videos, 3), 0.1, np.float32)
    probabilities[np.arange(videos), np.where(is_dark, 1, labels)] = 0.8
    facts = np.tile(np.array([4, 25, 120, 160, 130, 3], np.float32), (videos, 1))
    facts[:, 4] = np.where(is_dark, 10, 130)
    labels = labels if task is SINGLE_LABEL else np.eye(3, dtype=np.float32)[labels]
    table = pd.DataFrame({"video": [f"{each}.mp4" for each in range(videos)], "label": np.arange(videos) % 3})
    found = Predictions(
        task, "probabilities", np.arange(videos), labels, probabilities, np.zeros(videos), [], labels[:0], facts
    )
    return found, table.assign(group=[f"g{each % 2}" for each in range(videos)])


@pytest.mark.parametrize("task", [SINGLE_LABEL, MULTI_LABEL])
def test_every_table_and_figure_is_written(tmp_path, task):
    details = details_of(*scored(task), CLASSES, wished=0.95)
    details.write(tmp_path / "new" / "test", "a heading")
    names = {path.name for path in (tmp_path / "new" / "test").iterdir()}
    own = {"confusion.csv", "confusion.png"} if task is SINGLE_LABEL else {"average_precision.png"}
    assert names == {"per_class.csv", "slices.csv", "calibration.png"} | own
    table = pd.read_csv(tmp_path / "new" / "test" / "per_class.csv")
    assert table["class"].tolist() == ["run", "walk", "'=hop"] and table["videos"].tolist() == [20] * 3
    assert table["recall"].tolist() == pytest.approx([100 * 13 / 20, 100, 100 * 14 / 20])
    assert table["precision"].tolist() == pytest.approx([100, 100 * 20 / 33, 100], abs=1e-3)
    assert table["threshold_for_precision_95"].notna().tolist() == [True, False, True]


def test_the_matrix_has_the_true_classes_as_rows(tmp_path):
    details_of(*scored(), CLASSES).write(tmp_path, "")
    matrix = pd.read_csv(tmp_path / "confusion.csv", index_col=0)
    assert matrix.columns.tolist() == matrix.index.tolist() == ["run", "walk", "'=hop"]
    assert matrix.to_numpy().tolist() == [[13, 7, 0], [0, 20, 0], [0, 6, 14]]


def test_the_console_names_confusions_with_rates_and_the_kind_of_video_that_goes_wrong():
    lines = details_of(*scored(), CLASSES).lines()
    assert lines[0] == "calibration error 1.7 %: on average, confidence is 1.7 points above accuracy"
    assert lines[1] == "most confused: run → walk: 35 % (7 of 20); =hop → walk: 30 % (6 of 20)"
    assert "brightness 10: 35.0 % right (7 of 20)" in lines[2] and "brightness 130: 100.0 %" in lines[2]
    assert "group" not in lines[2] and "size" not in lines[2]


def test_facts_that_nobody_asked_for_make_no_slices():
    found, table = scored()
    plain = Predictions(SINGLE_LABEL, "logits", found.rows, found.labels, found.scores, found.losses)
    assert {each.by for each in details_of(plain, table, CLASSES).slices} == {"class", "group"}


def test_videos_are_saved_by_their_ids(tmp_path):
    found, _ = scored(videos=3, dark=0)
    table = pd.DataFrame(
        {"video": list("aabcc"), "label": [0, 0, 1, 2, 2], "video_id": ["A", "A", "", "C", "C"]}, index=range(5)
    )
    whole = Predictions(
        SINGLE_LABEL, "probabilities", np.array([0, 2, 3]), found.labels, found.probabilities, found.losses
    )
    csv, npz = save_by_video(tmp_path / "test", whole, table, CLASSES)
    assert pd.read_csv(csv)["video"].tolist() == ["a", "b", "c"]
    with np.load(npz) as saved:
        assert saved["videos"].tolist() == ["A", "b", "C"] and saved["rows"].tolist() == [0, 1, 2]


def test_samples_come_from_all_over_the_split_with_their_names_and_what_is_said_of_them():
    assert rows_to_show(101, 0, 1) == {0, 20, 40, 60, 80, 100} and rows_to_show(0, 0, 1) == set()
    assert rows_to_show(10, 1, 3) == {1, 4, 7}
    found, _ = scored(videos=30, dark=5)
    clip = np.zeros((8, 4, 4, 3), np.uint8)
    told = []
    reporter = SimpleNamespace(
        distribution=lambda *what: told.append(what), samples=lambda *what: told.append(what), labels=list
    )
    show(reporter, replace(found, samples=[Sample(4, clip), Sample(0, clip)]), "val", 1, 100, CLASSES)
    (name, epoch, recalls), (split, _, shown) = told
    assert (name, epoch, split) == ("val/recall", 1, "val") and recalls.tolist() == [80, 100, 90]
    assert [title for title, _ in shown] == ["run; predicted walk 80 %: WRONG", "walk; predicted walk 80 %: right"]
    show(reporter, found, "val", 7, 100, CLASSES)
    assert len(told) == 3, "pictures only now and then"


def test_metrics_are_found_by_name():
    names = [metric.name for metric in metrics_named("top1, top3,macro_f1,ece,loss", multi_label=False)]
    assert names == ["top1", "top3", "macro_f1", "ece"]
    with pytest.raises(UserError, match=r"--metrics: 'macrof1' is not a metric; did you mean 'macro_f1'"):
        metrics_named("macrof1", multi_label=False)
    with pytest.raises(UserError, match="top1 does not measure multi-label data"):
        metrics_named("top1", multi_label=True)
