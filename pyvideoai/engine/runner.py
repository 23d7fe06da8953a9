"""One run of tools/run_train.py, once its configs are loaded: make or find the folder, build, fit, score."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from pyvideoai.config.contract import Setting
from pyvideoai.config.load import Config, load_snapshot
from pyvideoai.data.limit_train import limit_training
from pyvideoai.data.lists import Tables
from pyvideoai.data.recorded import keep_tables
from pyvideoai.data.splits import Splits, make_splits
from pyvideoai.data.supervised import WorkerLost
from pyvideoai.engine.checks import check_experiment, check_shares
from pyvideoai.engine.final_score import score_run, summary_lines
from pyvideoai.engine.find_rate import find_rate
from pyvideoai.engine.kept import keep_setting
from pyvideoai.engine.kept_features import keep_features
from pyvideoai.engine.left_off import LeftOff
from pyvideoai.engine.overfit import learn_one_batch
from pyvideoai.engine.places import places
from pyvideoai.engine.pretrained import find_pretrained
from pyvideoai.engine.provenance import run_facts, write_diff
from pyvideoai.engine.replaced import keep_sizes, replaced
from pyvideoai.engine.safely import safely
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.stopping import Diverged, TooManyFailures
from pyvideoai.engine.training import Training
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import ExperimentFolder, discard, new_version, refuse_unwritable
from pyvideoai.processes import Processes, start_processes
from pyvideoai.program import typed
from pyvideoai.reporting import Logger, StartedRun, TensorBoard, loggers_of
from pyvideoai.reporting.loggers import plain_value
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.selection import selection_note, selection_of
from pyvideoai.signals import Signals, Stopped
from pyvideoai.unpack import dataset_of


def train(config: Config, tables: Tables, *, base: Path, resumed: ExperimentFolder | None, command: list[str]) -> int:
    """Train, score and report; return the exit code. resumed: the folder to continue; None: a new one."""
    splits = splits_of(config, tables, resumed=resumed is not None)
    # Signals first: processes may wait for each other for minutes while they join.
    with Signals() as signals, start_processes(config.exp.device) as processes, ExitStack() as around:
        check_experiment(config, processes.world)
        if resumed and _is_finished(resumed, config):
            print(_finished(resumed, config.exp.num_epochs))
            return 0
        if resumed is None:
            find_pretrained(config)
        folder = resumed or processes.from_main(lambda: start_folder(config, splits, processes, base, command))
        # print: the reporter opens files in the folder, so it is made once the folder is locked.
        around.enter_context(safely(folder, processes, print, resume=_resume_command(folder)))
        reporter = _reporter(config, folder, processes)
        try:
            say_what_runs(reporter, config, splits, processes, folder)
            left_off = LeftOff.of(folder, splits, processes, reporter) if resumed else LeftOff()
            if resumed and processes.is_main and (told := replaced(config, folder)):
                reporter.log(told)
            # A run that was stopped before its first save begins with the pretrained weights again.
            is_left_off = left_off.path is not None
            training = build_training(config, splits, processes, folder, reporter, resumed=is_left_off, signals=signals)
            with reporter.ending():
                reporter.start(_started(training, resumed=resumed is not None))
                if resumed:
                    left_off.go_on(training)
                    if processes.is_main:
                        _keep_growth(folder, config.exp.num_epochs)
                # After `go_on`: features are known by the frozen weights, which a resume loads.
                keep_features(training)
                _fit_and_score(training)
            _say_where_to_look(reporter, folder, loggers_of(config.exp.loggers))
        except Stopped as stopped:
            kept = "nothing is lost" if stopped.is_saved else "what was trained since the last save is lost"
            reporter.log(f"{stopped}: {kept}; go on with: {_resume_command(folder)}")
            return stopped.exit_code
        except UserError as error:
            # A mistake in a config or in the data, mostly found in the first step: an empty version would hide the run
            # before it from `-l last`. What training itself ended with, the same version may go on after.
            if resumed is None and processes.is_main and not isinstance(error, (Diverged, TooManyFailures, WorkerLost)):
                discard(folder)
            raise
        finally:
            reporter.close()
    return 0


def _reporter(config: Config, folder: ExperimentFolder, processes: Processes) -> Reporter:
    """Return the reporter of a run that has a folder."""
    selection = selection_of(config)
    return Reporter(
        folder,
        enabled=processes.is_main,
        select=selection.select,
        note=selection_note(config.exp.protocol),
        metrics=selection.metrics,
        loggers=loggers_of(config.exp.loggers),
        guard=config.exp.guard("loggers"),
    )


def _fit_and_score(training: Training) -> None:
    """Train to the end, score, say the scores, and remove what only a resume would need."""
    if training.saver is not None:
        training.reporter.log(training.saver.describe())
    training.fit()
    with training.signals.waiting():
        results = score_run(training)
    training.reporter.log("\n".join(summary_lines(results, training.task)))
    if training.saver is not None:
        training.saver.remove()


def overfit(config: Config, tables: Tables, steps: int) -> int:
    """Run --overfit: try to learn one batch by heart, and write nothing. Return the exit code, 1 if that fails."""
    splits = splits_of(config, tables)
    with start_processes(config.exp.device) as processes:
        check_experiment(config, processes.world)
        reporter = Reporter(None, enabled=processes.is_main)
        say_what_runs(reporter, config, splits, processes, None)
        training = build_training(config, splits, processes, None, reporter)
        fault = learn_one_batch(training, steps)
        reporter.log(fault or "one batch was learnt by heart: the loss falls as it should; nothing was written")
    return 1 if fault else 0


def find_lr(config: Config, tables: Tables, steps: int, base: Path) -> int:
    """Run --find_lr: a learning-rate range test, whose figure and CSV go to `base`; no version is made.

    Return the exit code, 1 if no rate learns.
    """
    refuse_unwritable(base)
    splits = splits_of(config, tables)
    with start_processes(config.exp.device) as processes:
        check_experiment(config, processes.world)
        reporter = Reporter(None, enabled=processes.is_main)
        say_what_runs(reporter, config, splits, processes, None)
        found, told = find_rate(build_training(config, splits, processes, None, reporter), steps, base)
        reporter.log(f"{told}\n{base / 'find_lr.png'}\n{base / 'find_lr.csv'}")
    return 1 if found.suggested is None else 0


def start_folder(
    config: Config, splits: Splits, processes: Processes, base: Path, command: list[str]
) -> ExperimentFolder:
    """Make a new version; it holds its snapshot and `run.json` before anything is trained."""

    def fill(folder: ExperimentFolder) -> None:
        config.save(folder.configs)
        keep_tables(splits, folder.splits)
        keep_sizes(config, splits, folder)
        write_diff(folder.configs)
        folder.write_run({**run_facts(processes, command), **_config_facts(config, splits)})

    return new_version(base, fill)


def splits_of(config: Config, tables: Tables, *, resumed: bool = False) -> Splits:
    """Return the splits as the experiment uses them, with `protocol` and `limit_train` applied.

    resumed: accept shares that change nothing, with which a run of an older version may have begun. Raises UserError.
    """
    exp = config.exp
    if not resumed:
        check_shares(config, tables.by_name)
    return limit_training(
        make_splits(dataset_of(config.dataset), exp.protocol, tables=tables), exp.limit_train, exp.seed
    )


def _config_facts(config: Config, splits: Splits) -> dict[str, Any]:
    return {
        "dataset": config.names[0],
        "model": config.names[1],
        "experiment": config.names[2],
        "seed": config.exp.seed,
        "classes": splits.classes,
        "splits": splits.facts(),
        "paths": places(config.dataset),
    }


def _started(training: Training, *, resumed: bool) -> StartedRun:
    """Return the description of the run that loggers get."""
    config, prefix = training.config, {"dataset": "dataset.", "model": "model.", "experiment": ""}
    entries = {(contract.layer, entry.name): entry for contract in CONTRACTS for entry in contract.entries}
    rows = [row for row in config.resolved() if isinstance(entries[row.layer, row.name], Setting)]
    return StartedRun(
        training.folder.path,
        dict(zip(prefix, config.names, strict=True)),
        {f"{prefix[row.layer]}{row.name}": plain_value(row.value) for row in rows},
        list(training.splits.classes),
        training.train_loader.steps,
        resumed,
        shlex.join(training.folder.read_run().get("command", [])),
    )


def _keep_growth(folder: ExperimentFolder, num_epochs: int) -> None:
    """Write the new num_epochs into the snapshot, so that the next resume needn't be given it again."""
    if load_snapshot(CONTRACTS, folder.configs).exp.num_epochs != num_epochs:
        keep_setting(folder, "num_epochs", num_epochs)


def _finished(folder: ExperimentFolder, num_epochs: int) -> str:
    """Return the message for a run that has nothing left to do."""
    longer = f"{_resume_command(folder)} -e {num_epochs + 1}"
    return f"{folder.path} has finished its {counted(num_epochs, 'epoch')}; to train longer: {longer}"


def _resume_command(folder: ExperimentFolder) -> str:
    return f"{typed('train')} -l {shlex.quote(str(folder.path))}"


def _is_finished(folder: ExperimentFolder, config: Config) -> bool:
    return folder.is_finished and folder.read_results()["num_epochs"] == config.exp.num_epochs


def say_what_runs(
    reporter: Reporter, config: Config, splits: Splits, processes: Processes, folder: ExperimentFolder | None
) -> None:
    """Log the config files, the sizes of the splits, the devices, and where the experiment's folder is."""
    for line in (
        *(f"{layer}: {path}" for layer, path in config.found),
        *config.notes,
        *splits.notes,
        f"{counted(processes.world, 'process')} on {processes.device}, torch {torch.__version__}",
        *([f"experiment: {folder.path}"] if folder else []),
    ):
        reporter.log(line)


def _say_where_to_look(reporter: Reporter, folder: ExperimentFolder, loggers: Sequence[Logger]) -> None:
    beside = Path(sys.executable).with_name("tensorboard")  # an environment that is not activated is not on the PATH
    command = "tensorboard" if shutil.which("tensorboard") else beside
    reporter.log(f"experiment   {folder.path}")
    reporter.log(f"plots        {folder.plots}")
    if any(isinstance(logger, TensorBoard) for logger in loggers):
        reporter.log(f"TensorBoard  {command} --logdir {folder.tensorboard}")
        reporter.log(f"  all runs   {typed('tensorboard')} {folder.path.parent}")
