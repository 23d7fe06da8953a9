"""Report to Weights & Biases: `loggers = ["tensorboard", "wandb"]`, with the package of the extra [wandb].

The key is the environment's, or that of `wandb login`; nothing of it is written. WANDB_MODE=offline needs no network,
and `wandb sync` sends such a run later. A resumed run goes on with the same run there.
"""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pyvideoai.reporting.kept_id import kept_id, title
from pyvideoai.reporting.loggers import Logger, Row, StartedRun


@dataclass(frozen=True)
class WeightsAndBiases(Logger):
    """Report to a project; None for entity: the user's own."""

    project: str = "pyvideoai"
    entity: str | None = None
    package: ClassVar[str] = "wandb"

    def start(self, run: StartedRun) -> None:
        import wandb

        identity, _ = kept_id(run.folder, "wandb", f"{self.entity or ''}/{self.project}", lambda: uuid.uuid4().hex[:12])
        # neither console, code nor diff: they may hold what should not leave the machine
        settings = wandb.Settings(console="off", disable_code=True, disable_git=True, silent=True)
        place = {"project": self.project, "entity": self.entity, "dir": str(Path(run.folder, "logs"))}
        described = {"name": title(run.folder), "group": run.names["experiment"], "config": run.names | run.settings}
        made = wandb.init(id=identity, resume="allow", settings=settings, **place, **described)
        for axis, values in (("step", "step/*"), ("epoch", "*")):
            made.define_metric(axis)
            made.define_metric(values, step_metric=axis)
        object.__setattr__(self, "_run", made)

    def step(self, number: int, values: Row) -> None:
        self._log({"step": number, **{f"step/{name}": value for name, value in values.items()}})

    def epoch(self, row: Row) -> None:
        self._log(dict(row))

    def picture(self, name: str, epoch: int, pixels: np.ndarray) -> None:
        import wandb

        self._log({"epoch": epoch, f"pictures/{name}": wandb.Image(pixels)})

    def distribution(self, name: str, epoch: int, values: np.ndarray) -> None:
        import wandb

        known = values[np.isfinite(values)]
        if len(known):
            self._log({"epoch": epoch, f"classes/{name}": wandb.Histogram(known)})

    def test(self, which: str, epoch: int, values: Row) -> None:
        self._made().summary.update({f"{name} ({which})": value for name, value in values.items()})

    def end(self) -> None:
        self._made().finish()

    def fail(self, reason: str) -> None:
        self._made().summary["failure"] = reason
        self._made().finish(exit_code=1)

    def _log(self, values: dict[str, Any]) -> None:
        self._made().log(values)

    def _made(self) -> Any:
        return self.__dict__["_run"]
