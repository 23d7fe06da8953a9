"""Runs of a few steps in memory: real configs, loaders, schedules and files, but videos that nothing has to decode."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from endurance.made import TIMINGS

from pyvideoai.commands.train import load_tables
from pyvideoai.config.load import load
from pyvideoai.data.workers import end_workers
from pyvideoai.engine.left_off import LeftOff
from pyvideoai.engine.progress import Point
from pyvideoai.engine.runner import splits_of
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.training import Training
from pyvideoai.experiment import ExperimentFolder, new_version
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.signals import Stopped

ONE = Processes(0, 1, 1, torch.device("cpu"))
HANGS_S = 300  # whatever takes so long isn't slow but stuck


def build(
    folder: ExperimentFolder,
    experiment: str = "brief",
    *overrides: str,
    resumed: bool = False,
    processes: Processes = ONE,
) -> Training:
    """A training in a version's folder; it goes on from what it finds there if `resumed`."""
    config = load(CONTRACTS, "made", "linear", experiment, overrides)
    splits, reporter = splits_of(config, load_tables(config)), Reporter(None, enabled=False)
    folder.write_run({"classes": splits.classes, "splits": splits.facts()})
    left_off = LeftOff.of(folder, splits, processes, reporter) if resumed else LeftOff()
    training = build_training(config, splits, processes, folder, reporter, resumed=left_off.path is not None)
    if resumed:
        left_off.go_on(training)
    return training


def outcome(training: Training) -> dict:
    """Everything that must be the same, however often a run was stopped."""
    state = training.state_dict()
    history = state.pop("progress")["history"]
    return {**state, "history": [{name: row[name] for name in row if name not in TIMINGS} for row in history]}


def straight(base: Path, experiment: str = "brief", *overrides: str) -> dict:
    """The outcome of a run that nothing stops."""
    training = build(new_version(base), experiment, *overrides)
    training.fit()
    return outcome(training)


Stop = Callable[[Training], bool]


def interrupted(base: Path, stops: list[Stop], experiment: str = "brief", *overrides: str) -> dict:
    """The outcome of a run that is stopped at the first moment at which each of `stops` says so, and gone on with."""
    folder = new_version(base)
    for number, stop in enumerate([*stops, lambda training: False]):
        training = build(folder, experiment, *overrides, resumed=number > 0)
        let_stop(training, stop)
        try:
            training.fit()
        except Stopped:
            continue
        finally:
            end_workers()  # `let_stop` keeps the training in a circle; a worker collected late takes torch 10 s
        assert number == len(stops), f"stop {number} never came"
    return outcome(training)


def let_stop(training: Training, stop: Stop) -> None:
    """Let a signal come when `stop` says so: between two steps, in precise batch norm, in validation."""
    pause, answer, validate = training.pause, training.answer, training.validate

    def look() -> None:
        if stop(training):
            training.signals.number = 15

    def pause_or_stop(point: Point) -> None:
        training.point = point
        look()
        pause(point)

    training.pause = pause_or_stop
    training.answer = lambda: (look(), answer())
    training.validate = lambda epoch: (look(), validate(epoch))[1]


def at(epoch: int, steps: int, batches: int = 0, *, stage: str = "training") -> Stop:
    """A stop in an epoch after so many steps, and batches of the next one; or in a later stage of it."""
    wanted = Point(stage, steps, batches).order
    return lambda training: training.progress.epoch + 1 == epoch and training.point.order == wanted


def in_two_processes(base: Path, stops: list[Stop], experiment: str = "brief") -> dict:
    """The outcome of a run of two processes, which are forked: torch is loaded already."""
    folder = new_version(base)
    context = multiprocessing.get_context("fork")
    for number in range(len(stops) + 1):
        store = f"file://{base}/store_{number}"
        children = [
            context.Process(target=_one_of_two, args=(rank, folder, stops, number, store, experiment))
            for rank in range(2)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join(HANGS_S)
            assert child.exitcode == 0
    return torch.load(folder.path / "outcome.pth", weights_only=True)


def _one_of_two(
    rank: int, folder: ExperimentFolder, stops: list[Stop], number: int, store: str, experiment: str
) -> None:
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=2)
    two = Processes(rank, 2, 2, torch.device("cpu"))
    training = build(folder, experiment, resumed=number > 0, processes=two)
    if number < len(stops):
        if rank == 1:  # the other one gets no signal itself
            let_stop(training, stops[number])
        with pytest.raises(Stopped):
            training.fit()
        return
    training.fit()
    if rank == 0:
        torch.save(outcome(training), folder.path / "outcome.pth")
