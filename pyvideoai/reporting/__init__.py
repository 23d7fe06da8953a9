"""What a run shows people: console and log file, summary.csv, loggers, figures, saved predictions.

Most goes through `reporter.Reporter`; configs import `Logger` and ours from here. Nothing here steers a run:
all of it can be made again from the history in a checkpoint. Importing this package loads nothing heavy; pandas,
matplotlib and TensorBoard are imported where they are used.
"""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Literal

from pyvideoai.errors import UserError
from pyvideoai.reporting.loggers import Logger, StartedRun
from pyvideoai.reporting.mlflow_runs import MLflow
from pyvideoai.reporting.tensorboard import TensorBoard
from pyvideoai.reporting.weights_and_biases import WeightsAndBiases

__all__ = ["Logger", "LoggerName", "MLflow", "StartedRun", "TensorBoard", "WeightsAndBiases", "loggers_of"]

LoggerName = Literal["tensorboard", "wandb", "mlflow"]
_NAMED: dict[str, type[Logger]] = {"tensorboard": TensorBoard, "wandb": WeightsAndBiases, "mlflow": MLflow}


def loggers_of(setting: str | Iterable[Logger | str]) -> tuple[Logger, ...]:
    """Return the loggers of the setting `loggers`: names stand for ours, as they are by default.

    Raises UserError if a package is missing.
    """
    given = [setting] if isinstance(setting, str) else setting
    loggers = tuple(_NAMED[each]() if isinstance(each, str) else each for each in given)
    for package in filter(None, (getattr(each, "package", None) for each in loggers)):
        if find_spec(package) is None:
            raise UserError(f"loggers: {package} is not installed: pip install 'pyvideoai[{package}]', or leave it out")
    return loggers
