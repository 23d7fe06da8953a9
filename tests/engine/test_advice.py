"""What a beginner would not notice is said: imbalance, scores at chance, a choice by a handful of videos."""

import pandas as pd
import pytest

from pyvideoai.config.load import load
from pyvideoai.data.splits import Splits
from pyvideoai.engine.advice import at_chance, choice, choice_line, imbalance, long_warm_up
from pyvideoai.engine.patience import why_stuck
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.engine.stopping import NoProgress
from pyvideoai.metrics import Top1
from pyvideoai.scoring.selection import Selection
from pyvideoai.tasks import MULTI_LABEL


def splits_with(train: list, val: list, **options) -> Splits:
    tables = [pd.DataFrame({"video": map(str, range(len(each))), "label": each}) for each in (train, val)]
    return Splits(["run", "walk", "hop"], *tables, None, **options)


def history(*scores: float, train: float = 30.0) -> list:
    return [{"epoch": epoch, "train/top1": train, "val/top1": score} for epoch, score in enumerate(scores, 1)]


EVEN = splits_with([0, 1, 2], [0, 1, 2] * 10)


def test_a_class_with_many_times_the_videos_of_another_is_named_with_a_remedy():
    uneven = splits_with([0] * 60 + [1] * 30 + [2] * 3, [])
    [line] = imbalance(uneven, None)
    assert "20 times" in line and "run 60 and hop 3" in line and "--set balance=sampling" in line
    assert imbalance(uneven, "loss") == [] and imbalance(splits_with([0] * 9 + [1] * 5 + [2], []), None) == []
    labels = splits_with([(0,)] * 30 + [(0, 1, 2), ()], [], task=MULTI_LABEL)
    assert "31 times" in imbalance(labels, None)[0] and "balance=sampling" not in imbalance(labels, None)[0]


@pytest.mark.parametrize(("epochs", "is_said"), [(1, True), (4, True), (5, False), (30, False)])
def test_a_warm_up_that_takes_most_of_a_run_is_said(epochs, is_said):
    exp = load(CONTRACTS, "motion", "i3d_tiny", "finetune_adamw", [f"num_epochs={epochs}"]).exp
    said = [f"WARNING: warmup_epochs = 2.5 takes most of num_epochs = {epochs}: "] * is_said
    assert [line.partition("the learning")[0] for line in long_warm_up(exp)] == said


def test_a_score_at_chance_is_said_once_in_a_while_with_what_to_try():
    said = [bool(at_chance(history(*[33.3] * epochs), EVEN)) for epochs in range(1, 21)]
    assert [epoch for epoch, each in enumerate(said, 1) if each] == [5, 10, 20]
    line = at_chance(history(*[36.7] * 5), EVEN)
    assert line.startswith("val top-1 36.7 % is not above chance, 33.3 %, after 5 epochs (train 30.0 %): try --overfit")


def test_a_network_that_learns_what_does_not_carry_over_gets_other_advice():
    assert "does not carry over" in at_chance(history(*[33.3] * 5, train=95.0), EVEN)


@pytest.mark.parametrize("scores", [[90.0] * 5, [33.3, 80.0, 33.3, 33.3, 33.3]])
def test_a_network_that_was_above_chance_once_is_left_alone(scores):
    assert at_chance(history(*scores), EVEN) is None


def test_chance_is_what_the_commonest_class_gives():
    uneven = splits_with([0, 1, 2], [0] * 27 + [1, 1, 2])
    assert "not above chance, 90.0 %" in at_chance(history(*[90.0] * 5), uneven)


def test_a_choice_by_few_videos_says_which_other_epochs_may_be_as_good():
    found = choice(history(40.0, 80.0, 70.0, 100.0), 4, "val/top1", videos=10)
    assert found["interval95"] == pytest.approx((72.2, 100), abs=0.1) and found["epochs_within"] == 1
    [line] = choice_line(found)
    assert "chosen on 10 videos of val: 100.0 % top-1" in line and "1 of the 3 other epochs" in line
    assert choice_line(choice(history(40.0, 80.0), 2, "val/top1", videos=2000)) == []
    assert choice_line(choice(history(40.0), None, "val/top1", videos=10)) == []
    assert choice([{"epoch": 1, "val/loss": 1.0}], 1, "val/loss", 10)["interval95"] is None


def test_a_run_ends_without_progress_of_the_metric_that_it_selects_by_or_another():
    selection = Selection((Top1(),), "val/top1")
    rows = [{"epoch": epoch, "val/top1": 50.0, "val/loss": 1 / epoch} for epoch in range(1, 5)]
    told = why_stuck(NoProgress(epochs=3), rows, selection)
    assert told == "early_stopping: no progress of val/top1 in the last 3 measurements"
    assert why_stuck(NoProgress(epochs=4), rows, selection) is None and why_stuck(None, rows, selection) is None
    assert why_stuck(NoProgress(epochs=1, on="val/loss"), rows, selection) is None
    assert "val/loss in the last 1 measurement" in why_stuck(
        NoProgress(1, "val/loss"), [*rows, {"epoch": 5, "val/loss": 1.0}], selection
    )
