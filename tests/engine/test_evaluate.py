"""Scores: views and positions are averaged as the config says, shards give each video once."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from pyvideoai.data.batches import Failure, ViewBatch
from pyvideoai.engine.evaluate import Predictions, average_views, gather, measure, predict
from pyvideoai.engine.processes import Processes
from pyvideoai.engine.training import Progress, Training
from pyvideoai.metrics import Top1

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
    training = SimpleNamespace(
        config=SimpleNamespace(exp=SimpleNamespace(select="val/top1", metrics=(Top1(),))), progress=Progress()
    )
    for epoch, loss in enumerate((3.0, 1.0, 2.0), start=1):
        Training.update_best(training, epoch, {"val/top1": 100.0, "val/loss": loss})
    assert training.progress.best_epoch == 2
