"""Learning-rate schedules: a pure factor of the (fractional) epoch, or a torch scheduler and when it steps.

def lr_factor(epoch):
    return cosine(epoch, num_epochs, warmup_epochs=warmup_epochs)

def scheduler(optimiser):
    return OnPlateau(torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "max"), on="val/top1")
"""

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class EachStep:
    """Step a torch scheduler after each optimiser step."""

    scheduler: Any


@dataclass(frozen=True)
class EachEpoch:
    """Step a torch scheduler after each epoch."""

    scheduler: Any


@dataclass(frozen=True)
class OnPlateau:
    """Step `ReduceLROnPlateau` with the metric `on` ("val/top1", "val/loss") after each epoch that measured it.

    on: None means the metric of the setting `select`.
    """

    scheduler: Any
    on: str | None


def cosine(epoch: float, num_epochs: float, *, warmup_epochs: float = 0.0, warmup_from: float = 0.01) -> float:
    """Return half a cosine from 1 to 0 over `num_epochs`, after a linear warm-up from `warmup_from`.

    The warm-up ends at the cosine's own value, so that the two join without a jump, as in PySlowFast.
    Warm-up: Goyal et al. 2017 (arXiv:1706.02677); cosine: Loshchilov and Hutter 2017 (arXiv:1608.03983).
    """
    if epoch < warmup_epochs:
        top = cosine(warmup_epochs, num_epochs)
        return warmup_from + (top - warmup_from) * epoch / warmup_epochs
    return 0.5 * (1 + math.cos(math.pi * min(epoch / num_epochs, 1.0)))


def steps(epoch: float, milestones: tuple[float, ...], factor: float = 0.1) -> float:
    """Return `factor` to the power of the number of milestones (in epochs) that have been reached."""
    return factor ** sum(epoch >= milestone for milestone in milestones)


class Schedule(Protocol):
    """Describe what the training loop calls; each kind of schedule does something in the calls that concern it."""

    def before_step(self, epoch: float) -> None: ...
    def after_step(self) -> None: ...
    def after_epoch(self, values: Mapping[str, float]) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class FactorSchedule:
    """Set every group's rate to its initial rate times `factor(epoch)`. It has no state to save."""

    def __init__(self, optimiser: Any, factor: Callable[[float], float]) -> None:
        self.optimiser, self.factor = optimiser, factor
        # The name that torch's schedulers use too. It is a part of the optimiser's state, so a resumed run has it back.
        for group in optimiser.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def before_step(self, epoch: float) -> None:
        # Look the groups up at every step: on resume `optimiser.load_state_dict` replaces the dicts in `param_groups`,
        # and a rate written into an old one trains nothing.
        factor = self.factor(epoch)
        for group in self.optimiser.param_groups:
            group["lr"] = group["initial_lr"] * factor

    def after_step(self) -> None: ...
    def after_epoch(self, values: Mapping[str, float]) -> None: ...

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@contextmanager
def _without_order() -> Iterator[None]:
    """Don't let torch warn that a scheduler came before the optimiser."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
        yield


class TorchSchedule:
    """Step a torch scheduler at the moment that its wrapper names. step: called in place of `scheduler.step`."""

    def __init__(self, wrapper: EachStep | EachEpoch | OnPlateau, step: Callable[..., None] | None = None) -> None:
        self.wrapper, self.scheduler = wrapper, wrapper.scheduler
        self.step = step or self.scheduler.step

    def before_step(self, epoch: float) -> None: ...

    def after_step(self) -> None:
        if isinstance(self.wrapper, EachStep):
            # With fp16 the scaler may have skipped the step: a schedule counts those that the training took, as an
            # `lr_factor` does, so that it ends with the training.
            with _without_order():
                self.step()

    def after_epoch(self, values: Mapping[str, float]) -> None:
        if isinstance(self.wrapper, EachEpoch):
            # torch may miss a step that the process took which this one goes on for.
            with _without_order():
                self.step()
        # An epoch without validation has no such value, and counts neither for nor against patience.
        elif isinstance(self.wrapper, OnPlateau) and self.wrapper.on and self.wrapper.on in values:
            self.step(values[self.wrapper.on])

    def state_dict(self) -> dict[str, Any]:
        # LambdaLR and the like keep functions in their state, which a checkpoint of plain values can't hold
        return {name: value for name, value in self.scheduler.state_dict().items() if not callable(value)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.scheduler.load_state_dict(state)
