"""Average the checkpoints of a run and measure its batch norm anew: what tools/average_weights.py does."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from torch import Tensor

from pyvideoai.checkpoint import find_checkpoint, fitting, load_checkpoint, write_checkpoint
from pyvideoai.config.load import Config
from pyvideoai.data.lists import Tables
from pyvideoai.data.recorded import is_same
from pyvideoai.engine.progress import TRAINED, Point
from pyvideoai.engine.runner import splits_of
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.training import Training
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.files import require
from pyvideoai.optim.averaging import average
from pyvideoai.processes import start_processes
from pyvideoai.program import typed
from pyvideoai.reporting.lines import Wording
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.selection import selection_of


def average_weights(config: Config, tables: Tables, folder: ExperimentFolder, epochs: Sequence[int]) -> int:
    """Write the mean of the weights after `epochs`, with precise batch norm, into the run's folder; say its val score.

    The average of batch norm's statistics isn't that of the averaged network: they are computed over the first
    `precise_bn` steps of the last of these epochs. Return the exit code.
    """
    splits = splits_of(config, tables)
    if not is_same(splits, "train", folder.read_run()["splits"]):
        raise UserError(
            f"{folder.path}: the training list of this run is not what the dataset gives today; batch norm would be "
            "measured on other videos than it was trained on"
        )
    paths = [find_checkpoint(folder.weights, str(epoch)) for epoch in epochs]
    with start_processes(config.exp.device) as processes:
        reporter = Reporter(None, enabled=processes.is_main)
        training = build_training(config, splits, processes, None, reporter, resumed=True)
        with fitting(paths[-1], "model"):
            training.scored.load_state_dict(average(_weights(paths)))
        # `measure_statistics` works only at this point of an epoch, after its last step.
        training.point = Point(TRAINED, training.train_loader.steps)
        training.measure_statistics(epochs[-1])
        reporter.log(f"average of {len(epochs)} epochs; on val: {_score(training)}")
        if processes.is_main:
            out = folder.weights / f"average_{_name(epochs)}.pth"
            content = {"classes": splits.classes, "model": training.scored.state_dict(), "averaged": list(epochs)}
            write_checkpoint(out, {"epoch": epochs[-1], **content})
            reporter.log(f"written: {out}; score it: {typed('eval')} --from {folder.path} -l {out.stem}")
    return 0


def _score(training: Training) -> str:
    """Return loss and metrics on val as people read them."""
    wording = Wording(selection_of(training.config).metrics)
    values = training.score(training.val_loader, "val") if training.val_loader else {}
    return ", ".join(wording.text(name.removeprefix("val/"), value) for name, value in values.items()) or "no videos"


def _name(epochs: Sequence[int]) -> str:
    whole = list(epochs) == list(range(epochs[0], epochs[-1] + 1))
    return f"{epochs[0]}-{epochs[-1]}" if whole else "_".join(map(str, epochs))


def _weights(paths: Sequence[Path]) -> Iterator[dict[str, Tensor]]:
    for path in paths:
        content = load_checkpoint(path)
        require(content, {"model": dict}, str(path))
        yield content["model"]
