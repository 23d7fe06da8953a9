"""Report to MLflow: `loggers = ["tensorboard", "mlflow"]`, with the packages of the extra [mlflow].

MLFLOW_TRACKING_URI says where; without it MLflow keeps mlflow.db in the current directory. A resumed run goes on with
the same run there.
"""

import math
import re
import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pyvideoai.reporting.kept_id import kept_id, title
from pyvideoai.reporting.loggers import Logger, Row, StartedRun

MOST_PARAMETERS, LONGEST = 100, 500  # of a request, and characters of a value that every server takes
ODD = re.compile(r"[^\w\-. /]")  # characters that MLflow's names can't have


@dataclass(frozen=True)
class MLflow(Logger):
    """Report to an experiment of a server; None for tracking_uri: what MLFLOW_TRACKING_URI or MLflow itself says."""

    experiment: str = "pyvideoai"
    tracking_uri: str | None = None
    package: ClassVar[str] = "mlflow"

    def start(self, run: StartedRun) -> None:
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=self.tracking_uri)
        place = f"{self.tracking_uri or ''}/{self.experiment}"
        identity, is_new = kept_id(run.folder, "mlflow", place, lambda: self._new_run(client, run))
        object.__setattr__(self, "_there", (client, identity))
        if not is_new:
            client.update_run(identity, status="RUNNING")
            return
        from mlflow.entities import Param

        settings = [
            Param(ODD.sub("_", name), str(value)[:LONGEST]) for name, value in (run.names | run.settings).items()
        ]
        for first in range(0, len(settings), MOST_PARAMETERS):
            client.log_batch(identity, params=settings[first : first + MOST_PARAMETERS])

    def step(self, number: int, values: Row) -> None:
        self._log({f"step/{name}": value for name, value in values.items()}, number)

    def epoch(self, row: Row) -> None:
        self._log({name: value for name, value in row.items() if name != "epoch"}, int(row["epoch"]))

    def picture(self, name: str, epoch: int, pixels: np.ndarray) -> None:
        client, identity = self._made()
        client.log_image(identity, pixels, artifact_file=f"{name}_{epoch:04d}.png")

    def test(self, which: str, epoch: int, values: Row) -> None:
        self._log({name.replace("/", f"_{which}/"): value for name, value in values.items()}, epoch)

    def end(self) -> None:
        client, identity = self._made()
        client.set_terminated(identity, "FINISHED")

    def fail(self, reason: str) -> None:
        client, identity = self._made()
        client.set_tag(identity, "failure", reason[:LONGEST])
        client.set_terminated(identity, "FAILED")

    def _new_run(self, client: Any, run: StartedRun) -> str:
        found = client.get_experiment_by_name(self.experiment)
        experiment = client.create_experiment(self.experiment) if found is None else found.experiment_id
        made = client.create_run(experiment, run_name=title(run.folder), tags={"folder": str(run.folder)})
        return str(made.info.run_id)

    def _log(self, values: Row, step: int) -> None:
        from mlflow.entities import Metric

        client, identity = self._made()
        now = int(time.time() * 1000)
        finite = {ODD.sub("_", name): float(value) for name, value in values.items() if math.isfinite(value)}
        client.log_batch(identity, metrics=[Metric(name, value, now, step) for name, value in finite.items()])

    def _made(self) -> tuple[Any, str]:
        return self.__dict__["_there"]
