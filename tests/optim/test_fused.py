"""Fused steps: chosen where nobody chose, the same numbers but for rounding, and a resume from and to other steps.

They are a GPU's; torch has them on a CPU as well, where these tests let them be chosen.
"""

import copy
from collections.abc import Callable

import pytest
import torch
from pretended import DEVICE, pretended_device
from torch import nn

from pyvideoai.checkpoint import load_optimiser
from pyvideoai.optim import fused
from pyvideoai.optim.fused import fill_momentum, fuse
from pyvideoai.optim.parameter_groups import describe

KINDS = {
    "momentum": lambda parts, **more: torch.optim.SGD(parts, lr=0.1, momentum=0.9, weight_decay=1e-3, **more),
    "nesterov": lambda parts, **more: torch.optim.SGD(parts, lr=0.1, momentum=0.9, nesterov=True, **more),
    "plain SGD": lambda parts, **more: torch.optim.SGD(parts, lr=0.1, **more),
    "Adam": lambda parts, **more: torch.optim.Adam(parts, lr=0.1, amsgrad=True, **more),
    "AdamW": lambda parts, **more: torch.optim.AdamW(parts, lr=0.1, weight_decay=0.05, **more),
}
Make = Callable[..., torch.optim.Optimizer]


@pytest.fixture
def on_cpus(monkeypatch):
    monkeypatch.setattr(fused, "DEVICES", ("cpu",))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))


def groups(model: nn.Module) -> list[dict]:
    return [{"params": model[0].parameters(), "lr": 0.01}, {"params": model[2].parameters()}]


def train(model: nn.Module, optimiser: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        inputs = torch.randn(6, 5, generator=torch.Generator().manual_seed(step))
        model(inputs).square().mean().backward()
        optimiser.step()
        optimiser.zero_grad()


def assert_close(first: nn.Module, second: nn.Module) -> None:
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def is_fused(optimiser: torch.optim.Optimizer) -> bool:
    return any(group.get("fused") for group in optimiser.param_groups)


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_run_goes_on_from_steps_of_either_kind_to_the_other(on_cpus, make: Make):
    whole = network()
    plain = make(groups(whole))
    train(whole, plain, range(3))
    for ways in ((True, True), (True, False), (False, True)):
        model, state = network(), None
        for steps, way in zip((range(2), range(2, 3)), ways, strict=True):
            optimiser = make(groups(model))
            if way:
                fuse(optimiser)
            if state is not None:
                load_optimiser(optimiser, state)
                fill_momentum(optimiser)
            assert is_fused(optimiser) is way and optimiser.param_groups[0]["lr"] == 0.01
            train(model, optimiser, steps)
            state = copy.deepcopy(optimiser.state_dict())
        assert_close(model, whole)


@pytest.mark.parametrize("kind", ["momentum", "nesterov", "AdamW"])
def test_a_first_step_that_fp16_skips_leaves_no_trace(on_cpus, kind: str):
    """torch's own fused SGD goes on with memory that nobody has written."""
    weights = []
    for way in (False, True):
        model = network()
        optimiser, scaler = KINDS[kind](groups(model)), torch.amp.GradScaler("cpu")
        if way:
            fuse(optimiser)
        kept = [torch.full_like(each, 7.0) for each in model.parameters() for _ in range(50)]
        del kept  # what is written in memory that is handed out again
        for factor in (float("inf"), 1.0, 1.0):
            scaler.scale(model(torch.ones(2, 5)).square().mean() * factor).backward()
            scaler.unscale_(optimiser)
            scaler.step(optimiser)
            scaler.update()
            optimiser.zero_grad()
        assert scaler.get_scale() == 2.0**15
        weights.append(model)
    assert_close(*weights)


@pytest.mark.parametrize(
    "make",
    [
        lambda parts: torch.optim.SGD(parts, lr=0.1, fused=False),
        lambda parts: torch.optim.SGD(parts, lr=0.1, foreach=True),
        lambda parts: torch.optim.SGD(parts, lr=0.1, momentum=0.9, dampening=0.5),
        lambda parts: torch.optim.Adam(parts, lr=0.1, differentiable=True),
        lambda parts: torch.optim.RMSprop(parts, lr=0.1),
        lambda parts: type("Own", (torch.optim.SGD,), {})(parts, lr=0.1),
    ],
)
def test_what_an_experiment_chose_stays(on_cpus, make: Make):
    optimiser = make(groups(network()))
    fuse(optimiser)
    assert not is_fused(optimiser) and not optimiser.state


def test_it_is_said_and_a_cpu_s_steps_stay():
    model = network()
    optimiser = torch.optim.AdamW(groups(model), lr=0.1)
    fuse(optimiser)
    assert not is_fused(optimiser) and describe(optimiser, model).startswith("AdamW trains")
    fuse(chosen := torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, fused=True))
    assert describe(chosen, model).startswith("SGD (fused) trains 39 parameters:")
    assert all(not each["momentum_buffer"].any() for each in chosen.state.values())


def test_a_resumed_adam_does_not_wait_for_its_counts():
    with pretended_device() as waits:
        model = network().to(DEVICE)
        optimiser = torch.optim.AdamW(model.parameters(), lr=0.1)
        inputs = torch.ones(2, 5).to(DEVICE)
        train_there(model, optimiser, inputs)
        state = optimiser.state_dict()
        for each in state["state"].values():
            each["step"] = each["step"].to(DEVICE)  # a checkpoint is read to the device
        resumed = torch.optim.AdamW(model.parameters(), lr=0.1)
        load_optimiser(resumed, state)
        waits.clear()
        train_there(model, resumed, inputs)
        assert not waits


def train_there(model: nn.Module, optimiser: torch.optim.Optimizer, inputs: torch.Tensor) -> None:
    model(inputs).square().mean().backward()
    optimiser.step()
