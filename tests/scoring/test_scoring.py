"""Scores: views and positions are averaged as the config says, the loss sees what the network gave, shards join."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, logsigmoid, one_hot

from pyvideoai.data.batches import Failure, ViewBatch
from pyvideoai.engine.progress import Progress
from pyvideoai.engine.training import Training
from pyvideoai.metrics import MeanAveragePrecision, MeanClassAccuracy, Top1
from pyvideoai.processes import Processes
from pyvideoai.scoring.averaging import average_views, exchange_mirrored, to_probabilities
from pyvideoai.scoring.predict import predict
from pyvideoai.scoring.predictions import Predictions, by_video, gather
from pyvideoai.scoring.results import describe_score, measure, score_text
from pyvideoai.scoring.trained import TrainedModel
from pyvideoai.tasks import MultiLabel, SingleLabel

CPU = torch.device("cpu")
ONE = Processes(0, 1, 1, CPU)
SINGLE, MULTI = SingleLabel(), MultiLabel()


class Brightness(torch.nn.Module):
    """Logits (N, 2) or (N, positions, 2): the clip's mean and its negative."""

    def __init__(self, positions: int = 0) -> None:
        super().__init__()
        self.positions = positions

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        mean = clips.float().flatten(1).mean(1)
        logits = torch.stack([mean, -mean], dim=1)
        return logits[:, None].expand(-1, self.positions, -1) if self.positions else logits


class Given(torch.nn.Module):
    """Logits that the test writes down: view k of the pixels' value k gets row k."""

    def __init__(self, logits: torch.Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        return self.logits[clips[:, 0, 0, 0, 0].long()]


def batch(rows: list[int], values: list[list[float]], labels: torch.Tensor | None = None) -> ViewBatch:
    """One batch of videos whose views have these constant pixels."""
    clips = torch.tensor(values, dtype=torch.uint8)[:, :, None, None, None, None].expand(-1, -1, 2, 4, 4, 3)
    return ViewBatch(clips, torch.zeros(len(rows), dtype=torch.int64) if labels is None else labels, torch.tensor(rows))


def run(network: torch.nn.Module, batches: list[ViewBatch], *, task=SINGLE, loss=None, **options) -> Predictions:
    settings = {"average": "probabilities", "clips_per_forward": 3, **options}
    return predict(TrainedModel(network, torch.nn.Identity(), CPU, task, loss=loss), batches, **settings)


def averaged(logits: torch.Tensor, how: str, task) -> torch.Tensor:
    return to_probabilities(average_views(logits, how, task), how, task)


def test_averages_of_views():
    logits = torch.tensor([[[2.0, 0.0], [0.0, 0.0]]])
    high = torch.tensor([2.0, 0.0]).softmax(0)[0].item()
    assert averaged(logits, "probabilities", SINGLE)[0, 0].item() == pytest.approx((high + 0.5) / 2)
    assert averaged(logits, "logits", SINGLE)[0, 0].item() == pytest.approx(torch.tensor([1.0, 0.0]).softmax(0)[0])
    assert averaged(logits, "max", SINGLE)[0].tolist() == pytest.approx([high / (high + 0.5), 0.5 / (high + 0.5)])


def test_averages_of_views_of_multi_label_data():
    logits = torch.tensor([[[2.0, 0.0], [0.0, -1.0]]])
    one, other = logits[0].sigmoid()
    assert torch.equal(averaged(logits, "probabilities", MULTI)[0], (one + other) / 2)
    assert averaged(logits, "logits", MULTI)[0].tolist() == torch.tensor([1.0, -0.5]).sigmoid().tolist()
    assert torch.equal(averaged(logits, "max", MULTI)[0], one)


LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0], [30.0, -30.0, 0.0], [-40.0, 40.0, 1.0]])


@pytest.mark.parametrize("how", ["probabilities", "logits", "max"])
@pytest.mark.parametrize("own", [False, True])
def test_the_loss_of_single_label_data_is_that_of_each_views_own_logits(how, own):
    """Two videos of two views with logits of any size; a hook that shifts of a softmax would change."""

    def hook(logits, target):
        return binary_cross_entropy_with_logits(logits, one_hot(target, 3).float())

    labels = torch.tensor([0, 1])
    batches = [batch([0, 1], [[0, 1], [2, 3]], labels)]
    values = measure(run(Given(LOGITS), batches, average=how, loss=hook if own else None), (), "val")
    targets = torch.tensor([0, 0, 1, 1])
    expected = hook(LOGITS, targets) if own else cross_entropy(LOGITS, targets)
    assert values["val/loss"] == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("how", ["probabilities", "logits", "max"])
@pytest.mark.parametrize("own", [False, True])
def test_the_loss_of_multi_label_data_is_that_of_each_views_own_logits(how, own):
    def hook(logits, target):
        return 2 * binary_cross_entropy_with_logits(logits, target)

    labels = torch.tensor([[1.0, 0, 1], [0, 1, 0]])
    batches = [batch([0, 1], [[0, 1], [2, 3]], labels)]
    scored = run(Given(LOGITS), batches, task=MULTI, average=how, loss=hook if own else None)
    signs = 2 * labels.repeat_interleave(2, 0) - 1
    expected = -logsigmoid(signs * LOGITS).mean().item() * (2 if own else 1)
    assert measure(scored, (), "val")["val/loss"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("task", [SINGLE, MULTI])
def test_a_score_is_what_the_network_gave(task):
    labels = torch.tensor([1]) if task is SINGLE else torch.tensor([[0.0, 1, 0]])
    batches = [batch([0], [[2, 3]], labels)]
    scored = run(Given(LOGITS), batches, task=task, average="logits")
    assert scored.scores.tolist() == [[-5.0, 5.0, 0.5]]
    assert scored.probabilities[0].tolist() == pytest.approx(task.activate(torch.tensor([-5.0, 5.0, 0.5])).tolist())


def test_positions_of_a_fully_convolutional_head_are_further_views():
    batches = [batch([0], [[1, 3]])]
    plain, positions = run(Brightness(), batches), run(Brightness(positions=4), batches)
    np.testing.assert_allclose(plain.probabilities, positions.probabilities, rtol=1e-6)


def test_the_size_of_a_forward_pass_changes_nothing():
    batches = [batch([0, 1], [[1, 3, 2], [0, 1, 5]])]
    reference = run(Brightness(), batches, clips_per_forward=100).probabilities
    for clips in (1, 2, 4):
        np.testing.assert_array_equal(run(Brightness(), batches, clips_per_forward=clips).probabilities, reference)


def test_no_forward_pass_has_more_clips_than_it_may():
    network, sizes = Brightness(), []
    network.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    run(
        network, [batch([0, 1], [[1, 3, 2, 4, 5], [0, 1, 5, 2, 3]]), batch([2], [[1, 2, 3, 4, 5]])], clips_per_forward=4
    )
    assert max(sizes) <= 4 and sum(sizes) == 15


class Shards(Processes):
    """This process, and pieces that others have sent."""

    def gather(self, piece):
        return [piece, *others]


others: list[Predictions] = []


def predictions(rows: list[int], failures: int = 0) -> Predictions:
    probabilities = np.array([[0.9, 0.1]] * len(rows), np.float32).reshape(-1, 2)
    failed = [Failure(f"bad{n}.mp4", "broken") for n in range(failures)]
    return scored_as(SINGLE, rows, np.zeros(len(rows), np.int64), probabilities, failed)


def scored_as(task, rows: list[int], labels: np.ndarray, probabilities: np.ndarray, failures: list) -> Predictions:
    losses = np.full(len(rows), 0.5)
    return Predictions(task, "probabilities", np.array(rows, np.int64), labels, probabilities, losses, failures)


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


def test_an_output_that_is_no_number_is_wrong():
    probabilities = np.array([[np.nan, np.nan], [0.9, 0.1]], np.float32)
    scored = scored_as(SINGLE, [0, 1], np.zeros(2, np.int64), probabilities, [])
    assert measure(scored, (Top1(),), "val")["val/top1"] == 50


def test_a_value_that_is_no_number_is_never_the_best():
    training = SimpleNamespace(
        config=SimpleNamespace(exp=SimpleNamespace(select="val/loss", metrics=())), progress=Progress()
    )
    for epoch, loss in enumerate((float("nan"), 2.0, 1.0, float("nan")), start=1):
        Training.update_best(training, epoch, {"val/loss": loss})
    assert (training.progress.best_epoch, training.progress.best_score) == (3, [-1.0, -1.0])


def test_of_equally_good_epochs_the_one_of_lower_loss_is_best():
    exp, dataset = (
        SimpleNamespace(select="val/top1", metrics=None, guard=lambda name: None),
        SimpleNamespace(multi_label=False),
    )
    training = SimpleNamespace(config=SimpleNamespace(exp=exp, dataset=dataset), progress=Progress())
    for epoch, loss in enumerate((3.0, 1.0, 2.0), start=1):
        Training.update_best(training, epoch, {"val/top1": 100.0, "val/loss": loss})
    assert training.progress.best_epoch == 2


@pytest.mark.parametrize("task", [SINGLE, MULTI])
@pytest.mark.parametrize("how", ["probabilities", "logits", "max"])
def test_rows_of_one_video_id_are_averaged_as_views_are(how, task):
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.5, -1.0, 3.0], [0.0, 0.0, 1.0], [1.0, 1.0, -2.0]])
    several = task is MULTI
    labels = torch.tensor([[1.0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0]]) if several else torch.tensor([0, 1, 0, 0])
    table = pd.DataFrame(
        {"video_id": ["a", "b", "a", "a"], "label": [(0,), (1,), (0,), (0,)] if several else [0, 1, 0, 0]}
    )
    rows = run(Given(logits), [batch([0, 1, 2, 3], [[0], [1], [2], [3]], labels)], task=task, average=how)
    scored = by_video(rows, table)
    whole = torch.stack([logits[[0, 2, 3]], logits[[1, 1, 1]]])
    np.testing.assert_allclose(scored.probabilities, averaged(whole, how, task), rtol=1e-6)
    assert scored.rows.tolist() == [0, 1] and scored.labels.tolist() == labels[:2].tolist() and scored.failed == 0
    losses = task.losses(logits, labels)
    expected = (losses[[0, 2, 3]].mean() + losses[1]) / 2  # over the parts of a video, then over videos
    assert measure(scored, (), "test")["test/loss"] == pytest.approx(expected.item(), rel=1e-6)


def test_a_video_is_undecoded_when_all_its_rows_are():
    table = pd.DataFrame({"video_id": ["a", "b", "a", "b", ""], "label": [0, 0, 0, 0, 0]})
    failures = [Failure("b.mp4", "broken")] * 2 + [Failure("a.mp4", "cut")]
    probabilities = np.array([[0.9, 0.1]] * 2, np.float32)
    scored = by_video(scored_as(SINGLE, [2, 4], np.zeros(2, np.int64), probabilities, failures), table)
    assert scored.rows.tolist() == [2, 4] and scored.failed == 1
    score = describe_score(scored, measure(scored, (Top1(), MeanClassAccuracy()), "test"), "test", ["a", "b"])
    assert (score["videos"], score["failed"], len(score["failures"])) == (2, 1, 3)
    assert score["top1_failed_as_wrong"] == pytest.approx(200 / 3)
    assert score["classes_without_videos"] == ["b"]
    expected = "mean_class_accuracy 100.00 over 1 of 2 classes: none of b in test  (top1"
    assert expected in score_text(score, "test", SINGLE)


def test_a_multi_label_video_that_failed_is_wrong_in_every_class():
    table = pd.DataFrame({"label": [(0,), (), (0, 1)]})
    probabilities, labels = np.array([[0.9, 0.2], [0.3, 0.1]], np.float32), np.array([[1, 0], [0, 0]], np.float32)
    scored = by_video(scored_as(MULTI, [0, 1], labels, probabilities, [Failure("c", "cut")]), table)
    assert scored.undecoded.tolist() == [[1, 1]]
    score = describe_score(scored, measure(scored, (MeanAveragePrecision(),), "test"), "test", ["a", "b"])
    assert score["metrics"]["map"] == 100 and "top1_interval95" not in score
    assert score["map_failed_as_wrong"] == pytest.approx(100 * ((1 + 2 / 3) / 2 + 1 / 3) / 2)
    assert "map 100.00 over 1 of 2 classes: none of b in test  (" in score_text(score, "test", MULTI)
    assert score_text(score, "test", MULTI).endswith(
        "(1 of 2 classes occur, 2 videos, 1 failed: 58.33 map with these as wrong)"
    )


@pytest.mark.parametrize("task", [SINGLE, MULTI])
def test_a_split_of_which_nothing_could_be_decoded_has_a_score_of_no_video(task):
    table = pd.DataFrame({"label": [(0,)] if task is MULTI else [0]})
    nothing = torch.empty(0, dtype=torch.int64)
    failed = ViewBatch(torch.empty(0, dtype=torch.uint8), nothing, nothing, [Failure("bad.mp4", "broken")])
    scored = by_video(gather(run(Brightness(), [failed], task=task), ONE, videos=1), table)
    score = describe_score(scored, measure(scored, task.metrics, "test"), "test", ["a", "b"])
    assert (score["metrics"], score["videos"], score["failed"]) == ({}, 0, 1)
    assert score_text(score, "test", task).endswith("0.00 " + task.metrics[0].name + " with these as wrong)")


@pytest.mark.parametrize("positions", [1, 3])
def test_mirrored_views_say_left_where_they_see_right(positions):
    """Two videos, two views of which the second is mirrored, classes left, still, right."""
    logits = torch.arange(2 * 2 * positions * 3.0).reshape(2, 2 * positions, 3)
    exchanged = exchange_mirrored(logits, [False, True], [2, 1, 0])
    assert exchanged[:, :positions].equal(logits[:, :positions])
    assert exchanged[:, positions:].equal(logits[:, positions:].flip(-1))
    assert exchange_mirrored(logits, [False, True], None) is logits


def test_after_the_first_clips_no_batch_norm_runs(monkeypatch):
    network = torch.nn.Sequential(torch.nn.Conv3d(3, 4, 3), torch.nn.BatchNorm3d(4), torch.nn.AdaptiveAvgPool3d(1))
    network.append(torch.nn.Flatten())
    network[1].running_mean.uniform_(-1, 1)
    clips, ran = torch.rand(2, 3, 3, 4, 16, 16), list[int]()
    expected = network.eval()(clips.flatten(0, 1)).detach().unflatten(0, (2, 3))
    forward = torch.nn.BatchNorm3d.forward
    monkeypatch.setattr(torch.nn.BatchNorm3d, "forward", lambda *given: ran.append(1) or forward(*given))
    model = TrainedModel(network, torch.nn.Identity(), CPU, SINGLE)
    torch.testing.assert_close(model.logits(clips, 4), expected, rtol=1e-5, atol=1e-6)
    assert len(ran) == 1  # to see which convolution it follows
    model.logits(clips, 4)
    assert len(ran) == 1
