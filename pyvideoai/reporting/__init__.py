"""What a run shows people: console and log file, summary.csv, loggers, figures, saved predictions.

Most goes through `reporter.Reporter`; configs import `Logger` and `TensorBoard` from here. Nothing here steers a run:
all of it can be made again from the history in a checkpoint. Importing this package loads nothing heavy; pandas,
matplotlib and TensorBoard are imported where they are used.
"""

from pyvideoai.reporting.loggers import Logger, StartedRun
from pyvideoai.reporting.tensorboard import TensorBoard

__all__ = ["Logger", "StartedRun", "TensorBoard"]
