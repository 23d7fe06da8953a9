"""Learning-rate schedules: a pure factor of the fractional epoch, or any torch scheduler with the moment it steps at.

def lr_factor(epoch):
    return cosine(epoch, num_epochs, warmup_epochs=warmup_epochs)

def scheduler(optimiser):
    return OnPlateau(torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "max"), on="val/top1")
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class EachStep:
    """A torch scheduler that steps after each optimiser step."""

    scheduler: Any


@dataclass(frozen=True)
class EachEpoch:
    """A torch scheduler that steps after each epoch."""

    scheduler: Any


@dataclass(frozen=True)
class OnPlateau:
    """`ReduceLROnPlateau`, stepped with the metric `on` ("val/top1", "val/loss") after each epoch that measured it.

    on: None for the metric of the setting `select`.
    """

    scheduler: Any
    on: str | None


def cosine(epoch: float, num_epochs: float, *, warmup_epochs: float = 0.0, warmup_from: float = 0.01) -> float:
    """Half a cosine from 1 to 0 over `num_epochs`, after a linear warm-up from `warmup_from` to its value there.

    Warm-up: Goyal et al. 2017 (arXiv:1706.02677); cosine: Loshchilov and Hutter 2017 (arXiv:1608.03983); joined as
    PySlowFast joins them.
    """
    if epoch < warmup_epochs:
        top = cosine(warmup_epochs, num_epochs)
        return warmup_from + (top - warmup_from) * epoch / warmup_epochs
    return 0.5 * (1 + math.cos(math.pi * min(epoch / num_epochs, 1.0)))


def steps(epoch: float, milestones: tuple[float, ...], factor: float = 0.1) -> float:
    """`factor` to the power of the number of milestones (in epochs) that have been reached."""
    return factor ** sum(epoch >= milestone for milestone in milestones)


class Schedule(Protocol):
    """What the training loop calls; each kind of schedule answers the calls it cares about."""

    def before_step(self, epoch: float) -> None: ...
    def after_step(self) -> None: ...
    def after_epoch(self, values: Mapping[str, float]) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class FactorSchedule:
    """Set every group's rate to its own initial rate times `factor(epoch)`; there is nothing to save.

    The groups are looked up at every step: `optimiser.load_state_dict`, which a resume calls, puts others in their
    place, and a rate that is set in the old ones trains nothing.
    """

    def __init__(self, optimiser: Any, factor: Callable[[float], float]) -> None:
        self.optimiser, self.factor = optimiser, factor
        for group in optimiser.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def before_step(self, epoch: float) -> None:
        factor = self.factor(epoch)
        for group in self.optimiser.param_groups:
            group["lr"] = group["initial_lr"] * factor

    def after_step(self) -> None: ...
    def after_epoch(self, values: Mapping[str, float]) -> None: ...

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class TorchSchedule:
    """Steps a torch scheduler at the moment that its wrapper names. `step`: what is called for the scheduler's own."""

    def __init__(self, wrapper: EachStep | EachEpoch | OnPlateau, step: Callable[..., None] | None = None) -> None:
        self.wrapper, self.scheduler = wrapper, wrapper.scheduler
        self.step = step or self.scheduler.step

    def before_step(self, epoch: float) -> None: ...

    def after_step(self) -> None:
        if isinstance(self.wrapper, EachStep):
            self.step()

    def after_epoch(self, values: Mapping[str, float]) -> None:
        if isinstance(self.wrapper, EachEpoch):
            self.step()
        elif isinstance(self.wrapper, OnPlateau) and self.wrapper.on in values:
            self.step(values[self.wrapper.on])

    def state_dict(self) -> dict[str, Any]:
        return {name: value for name, value in self.scheduler.state_dict().items() if not callable(value)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.scheduler.load_state_dict(state)
