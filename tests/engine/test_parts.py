"""The small parts of the engine: parameter groups, batch norm, stopping, checks, the meter, seeds."""

from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from hooks import guarded
from torch import nn

from pyvideoai.config.errors import Place
from pyvideoai.config.run.guard import Guard
from pyvideoai.data.weights import class_weights
from pyvideoai.engine.checks import accumulation, check_metric_name, make_schedule
from pyvideoai.engine.final_score import best_on_test
from pyvideoai.engine.meter import EpochMeter
from pyvideoai.engine.stopping import Diverged, no_progress
from pyvideoai.errors import UserError
from pyvideoai.metrics import ExpectedCalibrationError, Loss, MeanAveragePrecision, Top1, Top5
from pyvideoai.optim import batchnorm
from pyvideoai.optim.parameter_groups import groups
from pyvideoai.optim.schedules import OnPlateau
from pyvideoai.processes import Processes
from pyvideoai.scoring.losses import build_loss
from pyvideoai.scoring.selection import Selection, selection_of
from pyvideoai.seeding import seed_everything
from pyvideoai.tasks import MULTI_LABEL, MultiLabel, SingleLabel

ONE = Processes(0, 1, 1, torch.device("cpu"))
ROWS = torch.tensor([4, 2])


def network() -> nn.Module:
    return nn.Sequential(nn.Conv3d(3, 4, 1), nn.BatchNorm3d(4), nn.Flatten(), nn.Linear(4, 2))


def test_groups_set_norms_and_biases_apart():
    made = groups(network(), norm_weight_decay=0.0)
    assert [len(group["params"]) for group in made] == [4, 2] and made[1]["weight_decay"] == 0
    made = groups(network(), norm_weight_decay=0.0, bias_weight_decay=0.1)
    assert [(len(group["params"]), group.get("weight_decay")) for group in made] == [(2, None), (2, 0.0), (2, 0.1)]


def test_groups_hold_each_trainable_parameter_once():
    model = network()
    model[0].weight.requires_grad_(False)
    model.add_module("again", model[3])
    found = [parameter for group in groups(model, norm_weight_decay=0) for parameter in group["params"]]
    assert len(found) == len({id(each) for each in found}) == 5


def test_frozen_batch_norm_neither_trains_nor_updates():
    model = batchnorm.convert(network(), "frozen", ONE)
    batchnorm.train_mode(model, "frozen")
    before = model[1].running_mean.clone()
    model(torch.randn(2, 3, 1, 1, 1)).sum().backward()
    assert (
        torch.equal(model[1].running_mean, before) and model[1].weight.grad is None and model[0].weight.grad is not None
    )
    assert batchnorm.describe(model, "frozen", 8, ONE) == "batch norm is frozen"


@pytest.mark.parametrize(
    ("batch", "per_device", "world", "expected"), [(32, 8, 1, 4), (32, 8, 4, 1), (32, None, 4, 1), (8, 8, 1, 1)]
)
def test_accumulation_is_derived(batch, per_device, world, expected):
    assert accumulation(batch, per_device, world) == expected


@pytest.mark.parametrize(("batch", "per_device", "world"), [(32, 5, 1), (32, None, 3), (8, 8, 2)])
def test_a_batch_that_does_not_come_out_even_is_an_error(batch, per_device, world):
    with pytest.raises(UserError, match=f"global_batch = {batch}"):
        accumulation(batch, per_device, world)


def test_a_metric_that_nobody_measures_is_an_error():
    check_metric_name("select", "val/loss", (Top1(),))
    with pytest.raises(
        UserError, match=r"select = 'val/top5' is not a metric of this experiment; did you mean 'val/top1'"
    ):
        check_metric_name("select", "val/top5", (Top1(),))


GOAL = Selection((Top1(),), "val/top1")


def plateau(mode: str, on: str | None = "val/top1") -> SimpleNamespace:
    return SimpleNamespace(
        scheduler=guarded(
            "scheduler", lambda each: OnPlateau(torch.optim.lr_scheduler.ReduceLROnPlateau(each, mode), on=on)
        ),
        lr_factor=None,
    )


def test_a_plateau_that_looks_the_wrong_way_is_an_error():
    optimiser = torch.optim.SGD(network().parameters(), lr=1.0)
    make_schedule(plateau("max"), optimiser, GOAL)
    with pytest.raises(UserError, match="looks for a minimum of 'val/top1', which is better the higher it is"):
        make_schedule(plateau("min"), optimiser, GOAL)


def test_what_is_measured_and_chosen_follows_the_labels_unless_it_is_set():
    def selection(multi_label: bool, **settings: object) -> Selection:
        guard = Guard(Place("e.py", 1), "metrics", {})
        exp = SimpleNamespace(**{"metrics": None, "select": None, "guard": lambda name: guard, **settings})
        return selection_of(SimpleNamespace(exp=exp, dataset=SimpleNamespace(multi_label=multi_label)))

    assert selection(False).select == "val/top1" and selection(False).metrics[:2] == (Top1(), Top5())
    assert selection(True) == Selection((MeanAveragePrecision(),), "val/map")
    assert selection(True, metrics=(), select=None).select == "val/loss"
    own = selection(False, metrics=(Top5(),))
    assert [each.name for each in own.metrics] == ["top5"] and own.select == "val/top5"
    assert selection(False, select="val/loss").select == "val/loss"


def test_a_plateau_schedule_follows_what_selects_unless_it_says():
    optimiser = torch.optim.SGD(network().parameters(), lr=1.0)
    selection = Selection((MeanAveragePrecision(),), "val/map")
    assert make_schedule(plateau("max", on=None), optimiser, selection).wrapper.on == "val/map"
    with pytest.raises(UserError, match="'val/top1' is not a metric of this experiment; "):
        make_schedule(plateau("max"), optimiser, selection)


def test_a_bare_torch_scheduler_is_an_error():
    bare = guarded("scheduler", lambda each: torch.optim.lr_scheduler.StepLR(each, 1))
    exp = SimpleNamespace(scheduler=bare, lr_factor=None)
    with pytest.raises(UserError, match="returned a StepLR; it must return EachStep"):
        make_schedule(exp, torch.optim.SGD(network().parameters(), lr=1.0), GOAL)


@pytest.mark.parametrize(
    ("values", "stop"), [([1, 2, 3], False), ([3, 1, 1], True), ([3, 3, 3], True), ([3, 1], False), ([1, 3, 2], False)]
)
def test_no_progress(values, stop):
    assert no_progress([{"val/top1": value} for value in values], "val/top1", epochs=2) is stop
    assert no_progress([{"val/loss": -value} for value in values], "val/loss", epochs=2, higher_is_better=False) is stop


def meter(log_period: int) -> EpochMeter:
    return EpochMeter(ONE, SingleLabel(), epoch=2, steps=4, log_period=log_period)


def shown(each: EpochMeter, losses: list[float]) -> list[dict]:
    rows = []
    progress = SimpleNamespace(advance=lambda **values: rows.append(values))
    for step, loss in enumerate(losses, start=1):
        each.add(torch.tensor(loss), torch.tensor([[2.0, 1.0], [1.0, 2.0]]), torch.tensor([0, 0]), ROWS, [])
        each.end_step(step, 0.1, torch.tensor(1.0), progress)
    return rows


def test_the_meter_averages_over_the_log_period_and_the_epoch():
    each = meter(log_period=2)
    rows = shown(each, [1.0, 2.0, 3.0, 6.0])
    assert [row.get("loss") for row in rows] == [None, 1.5, None, 4.5]
    assert rows[1]["top1"] == 50
    values = each.values((Top1(),))
    assert values["train/loss"] == 3 and values["train/top1"] == 50


def test_the_meter_knows_which_video_lost_what_also_after_a_resume():
    whole, first, second = meter(log_period=2), meter(log_period=2), meter(log_period=2)
    shown(whole, [1.0, 2.0, 3.0, 6.0])
    shown(first, [1.0, 2.0])
    state = first.state_dict()
    second.load_state_dict(state)
    shown(second, [3.0, 6.0])
    for each in (whole, second):
        found = each.of_clips()
        assert found.rows.tolist() == [4, 2] * 4 and found.predicted.tolist() == [0, 1] * 4
        assert found.losses == pytest.approx([0.3133, 1.3133] * 4, abs=1e-3)
    state.pop("rows")  # of an older version
    old = meter(log_period=2)
    old.load_state_dict(state)
    shown(old, [3.0, 6.0])
    assert old.of_clips().rows.tolist() == [-1] * 4 + [4, 2] * 2


def test_the_meter_measures_several_labels():
    each = EpochMeter(ONE, MultiLabel(), epoch=1, steps=2, log_period=1)
    rows, logits = [], torch.tensor([[2.0, 0.5], [1.0, -1.0], [0.0, 3.0]])
    for step, labels in enumerate(
        (torch.tensor([[1.0, 0], [0, 0], [0, 1]]), torch.tensor([[0, 0], [1.0, 0], [0, 1]])), 1
    ):
        each.add(torch.tensor(float(step)), logits, labels, torch.arange(3), [])
        each.end_step(step, 0.1, torch.tensor(1.0), SimpleNamespace(advance=lambda **values: rows.append(values)))
    assert [row["loss"] for row in rows] == [1, 2] and "top1" not in rows[0]
    values = each.values((MeanAveragePrecision(), Loss()))
    right = [2.0, -0.5, -1.0, 1.0, 0.0, 3.0, -2.0, -0.5, 1.0, 1.0, 0.0, 3.0]  # logits of what is right
    assert values["train/loss"] == pytest.approx(-torch.nn.functional.logsigmoid(torch.tensor(right)).mean().item())
    assert values["train/map"] == pytest.approx(100 * ((1 / 2 + 2 / 4) / 2 + 1) / 2)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_of_several_labels_is_binary_cross_entropy(smoothing):
    table = pd.DataFrame({"label": [(0,), (0, 1), (), (0,)]})  # class 0: 3 of 4 rows; class 1: 1 of 4
    weights = class_weights(table, 2, task=MULTI_LABEL)
    loss_of = build_loss(MULTI_LABEL, class_weights=weights, label_smoothing=smoothing)
    loss = loss_of(torch.zeros(2, 2), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    yes, no = 1 - smoothing / 2, smoothing / 2
    entropies = [yes * (1 / 3) + no, no * 3 + yes, no * (1 / 3) + yes, yes * 3 + no]  # of logit 0, in log 2
    assert loss.item() == pytest.approx(sum(entropies) / 4 * torch.tensor(2.0).log().item())


def test_the_meter_names_the_steps_of_a_loss_that_is_no_number():
    with pytest.raises(Diverged, match=r"the loss is nan in steps 3-4 of epoch 2 .*; the checkpoint of epoch 1 stands"):
        shown(meter(log_period=2), [1.0, 2.0, float("nan"), 1.0])


def test_seeds_differ_by_stream_epoch_and_rank_and_repeat():
    def draw(**options) -> float:
        seed_everything(1, **options)
        return torch.rand(()).item()

    first = draw(stream="train", epoch=1)
    others = [draw(stream="train", epoch=2), draw(stream="train", epoch=1, rank=1), draw(stream="initialise")]
    assert first == draw(stream="train", epoch=1)
    assert len({first, *others}) == 4


def test_the_best_epoch_on_test_follows_the_direction_of_the_first_metric():
    history = [
        {"epoch": 1, "val_multicrop/top1": 50.0, "val_multicrop/ece": float("nan"), "val_multicrop/loss": 0.7},
        {"epoch": 2, "val_multicrop/top1": 70.0, "val_multicrop/ece": 9.0, "val_multicrop/loss": 0.9},
        {"epoch": 3, "val_multicrop/top1": 60.0, "val_multicrop/ece": 4.0, "val_multicrop/loss": 0.8},
        {"epoch": 4, "val/top1": 99.0},
    ]
    assert best_on_test(history, Selection((Top1(),), "val/top1")) == {"epoch": 2, "top1": 70.0}
    assert best_on_test(history, Selection((ExpectedCalibrationError(),), "val/ece")) == {"epoch": 3, "ece": 4.0}
    assert best_on_test(history, Selection((), "val/loss")) == {"epoch": 1, "loss": 0.7}
    assert best_on_test(history[3:], Selection((Top1(),), "val/top1")) is None
