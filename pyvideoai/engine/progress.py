"""How far a run has come, in whole epochs and within one, checked when it is read from a checkpoint."""

from dataclasses import asdict, dataclass, field
from typing import Any

from pyvideoai.errors import UserError
from pyvideoai.files import require


@dataclass
class Progress:
    """Hold how far a run has come: what a resume needs besides the tensors."""

    epoch: int = 0
    best_epoch: int | None = None
    best_score: list[float] | None = None
    history: list[dict[str, float]] = field(default_factory=list)

    def state_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_state_dict(cls, state: dict[str, Any], epoch: int, where: str) -> "Progress":
        """Return the progress that was saved after `epoch`.

        Raises UserError, beginning with `where`, if it is not that.
        """
        none = type(None)
        require(state, {"epoch": int, "best_epoch": int | none, "best_score": list | none, "history": list}, where)
        numbers = [*(state["best_score"] or [0, 0])]
        for row in state["history"]:
            require(row, {"epoch": int}, f"{where}: history")
            numbers += row.values()
        epochs = [row["epoch"] for row in state["history"]]
        # A bool is an int in Python. Four entries and no more, since `cls(**state)` takes no others.
        if any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers) or len(state) != 4:
            raise UserError(f"{where} holds what is not a number of its epochs")
        if state["epoch"] != epoch or epochs != list(range(1, epoch + 1)):
            raise UserError(f"{where} does not lead up to epoch {epoch}")
        return cls(**state)


TRAINING, TRAINED, MEASURED = STAGES = ("training", "trained", "measured")


@dataclass
class Point:
    """Say how far the epoch after the last whole one has come.

    stage: "training"; "trained", once all its steps are taken; "measured", once precise batch norm is computed too.
    steps: optimiser steps taken. batches: batches of the next step whose gradients are added up already. values: what
    training measured ("train/loss", ...), once it is over.
    """

    stage: str = TRAINING
    steps: int = 0
    batches: int = 0
    values: dict[str, float] = field(default_factory=dict)

    @property
    def is_start(self) -> bool:
        return self.stage == TRAINING and not self.steps and not self.batches

    @property
    def order(self) -> tuple[int, int, int]:
        """Return what orders the points of an epoch in time."""
        return STAGES.index(self.stage), self.steps, self.batches

    def state_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_state_dict(cls, state: dict[str, Any], where: str) -> "Point":
        """Return the point that was saved. Raises UserError, beginning with `where`, if it is not one."""
        require(state, {"stage": str, "steps": int, "batches": int, "values": dict}, where)
        numbers = state["values"].values()
        if len(state) != 4 or state["stage"] not in STAGES or min(state["steps"], state["batches"]) < 0:
            raise UserError(f"{where} is not a point of an epoch")
        if any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers):
            raise UserError(f"{where} holds what is not a number")
        return cls(**state)
