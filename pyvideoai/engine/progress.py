"""How far a run has come, checked when it is read from a checkpoint."""

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
        if any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers) or len(state) != 4:
            raise UserError(f"{where} holds what is not a number of its epochs")
        if state["epoch"] != epoch or epochs != list(range(1, epoch + 1)):
            raise UserError(f"{where} does not lead up to epoch {epoch}")
        return cls(**state)
