"""Scores: views and positions are averaged as the config says, shards give each video once."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from pyvideoai.data.batches import Failure, ViewBatch
from pyvideoai.engine.evaluate import Predictions, average_views, by_video, gather, measure, predict
from pyvideoai.engine.processes import Processes
from pyvideoai.engine.results import describe_score, score_text
from pyvideoai.engine.training import Progress, Training
from pyvideoai.metrics import MeanAveragePrecision, MeanClassAccuracy, Top1

ONE = Processes(0, 1, 1, torch.device("cpu"))


class Brightness(torch.nn.Module):
    """Logits (N, 2) or (N, positions, 2): the clip's mean and its negative."""

    def __init__(self, positions: int = 0) -> None:
        super().__init__()
        self.positions = positions

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        mean = clips.float().flatten(1).mean(1)
        logits = torch.stack([mean, -mean], dim=1)
        return logits[:, None].expand(-1, self.positions, -1) if self.positions else logits


def batch(rows: list[int], values: list[list[float]]) -> ViewBatch:
    """One batch of videos whose views have these constant pixels."""
    clips = torch.tensor(values, dtype=torch.uint8)[:, :, None, None, None, None].expand(-1, -1, 2, 4, 4, 3)
    return ViewBatch(clips, torch.zeros(len(rows), dtype=torch.int64), torch.tensor(rows))


def run(model: torch.nn.Module, batches: list[ViewBatch], **options) -> Predictions:
    settings = {"average": "probabilities", "clips_per_forward": 3, **options}
    return predict(
        model, batches, to_input=torch.nn.Identity(), device=torch.device("cpu"), autocast=nullcontext, **settings
    )


def test_averages_of_views():
    logits = torch.tensor([[[2.0, 0.0], [0.0, 0.0]]])
    high = torch.tensor([2.0, 0.0]).softmax(0)[0].item()
    assert average_views(logits, "probabilities")[0, 0].item() == pytest.approx((high + 0.5) / 2)
    assert average_views(logits, "logits")[0, 0].item() == pytest.approx(torch.tensor([1.0, 0.0]).softmax(0)[0].item())
    assert average_views(logits, "max")[0].tolist() == pytest.approx([high / (high + 0.5), 0.5 / (high + 0.5)])


def test_averages_of_views_of_several_labels():
    logits = torch.tensor([[[2.0, 0.0], [0.0, -1.0]]])
    one, other = logits[0].sigmoid()
    assert torch.equal(average_views(logits, "probabilities", several=True)[0], (one + other) / 2)
    assert average_views(logits, "logits", several=True)[0].tolist() == torch.tensor([1.0, -0.5]).sigmoid().tolist()
    assert torch.equal(average_views(logits, "max", several=True)[0], one)


def test_positions_of_a_fully_convolutional_head_are_further_views():
    batches = [batch([0], [[1, 3]])]
    plain, positions = run(Brightness(), batches), run(Brightness(positions=4), batches)
    np.testing.assert_allclose(plain.probabilities, positions.probabilities, rtol=1e-6)


def test_the_size_of_a_forward_pass_changes_nothing():
    batches = [batch([0, 1], [[1, 3, 2], [0, 1, 5]])]
    reference = run(Brightness(), batches, clips_per_forward=100).probabilities
    for clips in (1, 2, 4):
        np.testing.assert_array_equal(run(Brightness(), batches, clips_per_forward=clips).probabilities, reference)


class Shards(Processes):
    """This process, and pieces that others have sent."""

    def gather(self, piece):
        return [piece, *others]


others: list[Predictions] = []


def predictions(rows: list[int], failures: int = 0) -> Predictions:
    probabilities = np.array([[0.9, 0.1]] * len(rows), np.float32).reshape(-1, 2)
    return Predictions(
        np.array(rows, np.int64),
        np.zeros(len(rows), np.int64),
        probabilities,
        [Failure(f"bad{n}.mp4", "broken") for n in range(failures)],
    )


def test_shards_come_back_in_the_tables_order(monkeypatch):
    monkeypatch.setitem(globals(), "others", [predictions([1, 3], failures=1)])
    whole = gather(predictions([0, 2]), Shards(0, 2, 2, torch.device("cpu")), videos=5)
    assert whole.rows.tolist() == [0, 1, 2, 3] and len(whole.failures) == 1


def test_a_video_scored_twice_or_lost_is_noticed(monkeypatch):
    monkeypatch.setitem(globals(), "others", [predictions([1, 2])])
    for videos in (4, 3):
        with pytest.raises(AssertionError, match="lost or scored twice"):
            gather(predictions([0, 2]), Shards(0, 2, 2, torch.device("cpu")), videos=videos)


def test_an_empty_shard_is_no_trouble(monkeypatch):
    empty = run(Brightness(), [])
    monkeypatch.setitem(globals(), "others", [predictions([0, 1])])
    assert gather(empty, Shards(0, 2, 2, torch.device("cpu")), videos=2).rows.tolist() == [0, 1]
    assert measure(empty, (Top1(),), "val") == {}


def test_failed_videos_are_kept_apart():
    nothing = torch.empty(0, dtype=torch.int64)
    failed = ViewBatch(torch.empty(0, dtype=torch.uint8), nothing, nothing, [Failure("bad.mp4", "broken")])
    scored = gather(run(Brightness(), [batch([0], [[1]]), failed]), ONE, videos=2)
    assert scored.rows.tolist() == [0] and [failure.video for failure in scored.failures] == ["bad.mp4"]


def test_the_experiments_own_loss_is_measured():
    values = measure(predictions([0, 1]), (Top1(),), "val", loss=torch.nn.functional.cross_entropy)
    assert values["val/loss"] == pytest.approx(-np.log(0.9), rel=1e-6)
    assert values["val/top1"] == 100
    doubled = measure(
        predictions([0]), (), "val", loss=lambda logits, target: 2 * torch.nn.functional.cross_entropy(logits, target)
    )
    assert doubled["val/loss"] == pytest.approx(-2 * np.log(0.9), rel=1e-6)


def test_an_output_that_is_no_number_is_wrong():
    probabilities = np.array([[np.nan, np.nan], [0.9, 0.1]], np.float32)
    assert Predictions(np.arange(2), np.zeros(2, np.int64), probabilities).correct == 1


def test_a_value_that_is_no_number_is_never_the_best():
    training = SimpleNamespace(
        config=SimpleNamespace(exp=SimpleNamespace(select="val/loss", metrics=())), progress=Progress()
    )
    for epoch, loss in enumerate((float("nan"), 2.0, 1.0, float("nan")), start=1):
        Training.update_best(training, epoch, {"val/loss": loss})
    assert (training.progress.best_epoch, training.progress.best_score) == (3, [-1.0, -1.0])


def test_of_equally_good_epochs_the_one_of_lower_loss_is_best():
    exp, dataset = SimpleNamespace(select="val/top1", metrics=None), SimpleNamespace(multi_label=False)
    training = SimpleNamespace(config=SimpleNamespace(exp=exp, dataset=dataset), progress=Progress())
    for epoch, loss in enumerate((3.0, 1.0, 2.0), start=1):
        Training.update_best(training, epoch, {"val/top1": 100.0, "val/loss": loss})
    assert training.progress.best_epoch == 2


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("how", ["probabilities", "logits"])
def test_rows_of_one_video_id_are_averaged_as_views_are(how, several):
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.5, -1.0, 3.0], [0.0, 0.0, 1.0], [1.0, 1.0, -2.0]])
    rows = average_views(logits[:, None], how, several=several).numpy()
    labels = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0]], np.float32) if several else np.array([0, 1, 0, 0])
    table = pd.DataFrame(
        {"video_id": ["a", "b", "a", "a"], "label": [(0,), (1,), (0,), (0,)] if several else [0, 1, 0, 0]}
    )
    scored = by_video(Predictions(np.arange(4), labels, rows), table, how)
    whole = torch.stack([logits[[0, 2, 3]], logits[[1, 1, 1]]])
    np.testing.assert_allclose(scored.probabilities, average_views(whole, how, several=several), rtol=1e-6)
    assert scored.rows.tolist() == [0, 1] and scored.labels.tolist() == labels[:2].tolist() and scored.failed == 0


def test_a_video_is_lost_when_all_its_rows_are():
    table = pd.DataFrame({"video_id": ["a", "b", "a", "b", ""], "label": [0, 0, 0, 0, 0]})
    failures = [Failure("b.mp4", "broken")] * 2 + [Failure("a.mp4", "cut")]
    scored = by_video(Predictions(*predictions_of([2, 4]), failures), table, "probabilities")
    assert scored.rows.tolist() == [2, 4] and scored.failed == 1
    score = describe_score(scored, measure(scored, (Top1(), MeanClassAccuracy()), "test"), "test", ["a", "b"])
    assert (score["videos"], score["failed"], len(score["failures"])) == (2, 1, 3)
    assert score["top1_failed_as_wrong"] == pytest.approx(200 / 3)
    assert score["classes_without_videos"] == ["b"]
    assert "mean_class_accuracy 100.00 over 1 of 2 classes: none of b in test  (top1" in score_text(score, "test")


def predictions_of(rows: list[int]) -> tuple[np.ndarray, ...]:
    each = predictions(rows)
    return each.rows, each.labels, each.probabilities


def test_of_several_labels_a_failed_video_is_wrong_in_every_class():
    table = pd.DataFrame({"label": [(0,), (), (0, 1)]})
    probabilities = np.array([[0.9, 0.2], [0.3, 0.1]], np.float32)
    scored = Predictions(np.array([0, 1]), np.array([[1, 0], [0, 0]], np.float32), probabilities, [Failure("c", "cut")])
    scored = by_video(scored, table, "probabilities")
    assert scored.lost.tolist() == [[1, 1]]
    score = describe_score(scored, measure(scored, (MeanAveragePrecision(),), "test"), "test", ["a", "b"])
    assert score["metrics"]["map"] == 100 and "top1_interval95" not in score
    assert score["map_failed_as_wrong"] == pytest.approx(100 * ((1 + 2 / 3) / 2 + 1 / 3) / 2)
    assert "map 100.00 over 1 of 2 classes: none of b in test  (" in score_text(score, "test")
    assert score_text(score, "test").endswith(
        "(1 of 2 classes occur, 2 videos, 1 failed: 58.33 map with these as wrong)"
    )


def test_the_experiments_own_loss_is_given_logits_and_several_labels():
    labels, probabilities = np.array([[1, 0]], np.float32), np.array([[0.8, 0.3]], np.float32)
    scored = Predictions(np.array([0]), labels, probabilities)
    own = measure(scored, (), "val", loss=torch.nn.functional.binary_cross_entropy_with_logits)
    assert own["val/loss"] == pytest.approx(-np.log([0.8, 0.7]).mean(), rel=1e-5)
    assert measure(scored, (), "val")["val/loss"] == pytest.approx(own["val/loss"], rel=1e-5)
