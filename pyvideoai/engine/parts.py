"""What a run consists of in one process, what of it a checkpoint holds, and how it goes on from one."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from pyvideoai.checkpoint import check_alike, fitting, load_optimiser, resume_files
from pyvideoai.config.load import Config
from pyvideoai.data.batches import TrainBatch
from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.data.splits import Splits
from pyvideoai.data.train_input import StepInput, TrainInput
from pyvideoai.engine.meter import EpochMeter, FailureLimit
from pyvideoai.engine.progress import TRAINING, Point, Progress
from pyvideoai.engine.saving import Saver
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.features.loaders import FeatureInput, KeptFeatures, TrainFeatures
from pyvideoai.files import require
from pyvideoai.optim import parameter_groups as optim
from pyvideoai.optim.averaging import Ema
from pyvideoai.optim.fused import fill_momentum
from pyvideoai.optim.schedules import Schedule
from pyvideoai.optim.shards import Shards
from pyvideoai.processes import Agreement, Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.loading import network_hook
from pyvideoai.scoring.network import GuardedNetwork
from pyvideoai.scoring.passes import Passes
from pyvideoai.scoring.trained import autocast
from pyvideoai.seeding import random_states, set_random_states
from pyvideoai.signals import Signals
from pyvideoai.tasks import Task

STATEFUL = ("model", "optimiser", "schedule", "scaler")


@dataclass
class Parts:
    """Hold a run in one process: the parts that `setup.build_training` made, and how far it has come.

    kept_in: None for --check and --overfit, which keep nothing. saver: of the main process, if anything is kept.
    network: the model, wrapped for several processes. compiled: whether it is, by the setting `compile`. features: what
    replaces clips where only the head of a frozen network trains. shards: the network in parts and whole, if
    `wrap_model` sharded it. ema: the average of the model's weights, if the experiment has `ema_decay`. val_loader,
    multicrop_loader: None for a dataset without a val split. meter: collects what the current epoch gives. point: the
    position in it. left_off: on a resume within an epoch, what this process alone knew, until `go_on_within_epoch`
    restores it. left_off_in: the file that it was read from.
    """

    config: Config
    task: Task
    splits: Splits
    processes: Processes
    kept_in: ExperimentFolder | None
    reporter: Reporter
    model: nn.Module
    network: nn.Module
    to_input: nn.Module
    train_input: TrainInput | FeatureInput
    optimiser: torch.optim.Optimizer
    schedule: Schedule
    scaler: torch.amp.GradScaler
    amp: str  # the setting, or what "auto" stands for
    loss: nn.Module
    train_loader: TrainLoader | TrainFeatures
    val_loader: EvalLoader | None
    multicrop_loader: EvalLoader | None
    signals: Signals
    compiled: bool = False
    saver: Saver | None = None
    features: KeptFeatures | None = None
    ema: Ema | None = None
    shards: Shards | None = None
    progress: Progress = field(default_factory=Progress)
    point: Point = field(default_factory=Point)
    meter: EpochMeter | None = None
    left_off: dict[str, Any] = field(default_factory=dict)
    left_off_in: Path = Path()

    def __post_init__(self) -> None:
        self.agreement = Agreement(self.processes)
        self.passes = Passes(self.reporter.log)

    @property
    def folder(self) -> ExperimentFolder:
        """Return the run's folder."""
        assert self.kept_in is not None, "this training keeps nothing"
        return self.kept_in

    @property
    def scored(self) -> nn.Module:
        """Return the network that is validated, selected and scored: the average of the weights if there is one, and
        always a whole one.
        """
        if self.shards is not None:
            return self.shards.whole
        return self.model if self.ema is None else self.ema.model

    @property
    def failure_limit(self) -> FailureLimit:
        """Return how many training videos may be unreadable before the run stops."""
        # Files and not rows: one that can't be decoded fails in each of its rows.
        return FailureLimit(self.config.exp.max_failed_share, self.splits.train["video"].nunique())

    @property
    def kept_as_best(self) -> int | None:
        """Return the epoch that best.pth is; the last one where nothing is there to choose by."""
        progress = self.progress
        return progress.epoch if progress.best_epoch is None and self.val_loader is None else progress.best_epoch

    def state_dict(self) -> dict[str, Any]:
        """Return all that a resume after a whole epoch needs, as tensors, numbers and strings.

        `model` is what everything that reads a checkpoint wants: the network that is scored. If that is an average,
        the weights that are trained are `trained`.
        """
        averaged = {} if self.ema is None else {"trained": self.model.state_dict(), "ema": self.ema.state_dict()}
        return {
            "names": list(self.config.names),
            "classes": self.splits.classes,
            **{name: getattr(self, name).state_dict() for name in STATEFUL},
            # Later entries win over those of STATEFUL: `model` is the network that is scored, the optimiser's state is
            # whole.
            "model": self.scored.state_dict(),
            **averaged,
            **({} if self.shards is None else {"optimiser": self.shards.optimiser_state()}),
            "progress": self.progress.state_dict(),
        }

    def state_within_epoch(self) -> dict[str, Any]:
        """Return all that a resume at this point of an epoch needs. All processes must call it while they train."""
        if self.point.stage == TRAINING:
            self.gather_shards()
        alone = self.processes.gather(self._known_here()) if self.point.stage == TRAINING else []
        return {
            "epoch": self.progress.epoch,
            "position": [self.progress.epoch, *self.point.order],
            **self.state_dict(),
            "point": self.point.state_dict(),
            "processes": alone,
        }

    def _known_here(self) -> dict[str, Any]:
        """Return what this process alone knows in the middle of an epoch."""
        assert self.meter is not None
        # Between the batches of one step, the gradients that are added up so far.
        given = {name: each.grad for name, each in self.model.named_parameters() if each.grad is not None}
        return {
            "meter": self.meter.state_dict(),
            "random": random_states(self.processes.device),
            # processes average the statistics of batch norm only at the end of an epoch
            "buffers": self._buffers() if self.processes.world > 1 else {},
            "gradients": given if self.point.batches else {},
        }

    def _buffers(self) -> dict[str, torch.Tensor]:
        averaged = {} if self.ema is None else dict(self.ema.model.named_buffers(prefix="ema"))
        return dict(self.model.named_buffers()) | averaged

    def resume(self, state: dict[str, Any], path: Path) -> None:
        """Continue from `state`, which was read from the file `path`. Raises UserError if it is not this run's."""
        averaged = () if self.ema is None else ("trained", "ema")
        kinds = dict.fromkeys((*STATEFUL, *averaged, "progress"), dict)
        require(state, {**kinds, "classes": list, "epoch": int}, str(path))
        if state["classes"] != self.splits.classes:
            raise UserError(
                f"{path} was trained on other classes, or in another order: {', '.join(state['classes'][:5])}"
            )
        with fitting(path, "model"):
            self.scored.load_state_dict(state["model"])
            if self.shards is not None:
                self.shards.scatter()
            if self.ema is not None:
                self.model.load_state_dict(state["trained"])
                self.ema.load_state_dict(state["ema"])
        with fitting(path, "optimiser"):
            load_optimiser(self.optimiser, state["optimiser"])
            fill_momentum(self.optimiser)
            if self.shards is not None:
                # Gathered again at once: a state that is saved before the next step takes what `gather` has kept.
                self.shards.scatter_optimiser()
                self.shards.gather()
        with fitting(path, "schedule"):
            check_alike(state["schedule"], self.schedule.state_dict())
            self.schedule.load_state_dict(state["schedule"])
        with fitting(path, "scaler"):
            check_alike(state["scaler"], self.scaler.state_dict())
            self.scaler.load_state_dict(state["scaler"])
        self.progress = Progress.from_state_dict(state["progress"], state["epoch"], f"{path}: its progress")
        if "point" in state:
            self._resume_within_epoch(state, path)

    def _resume_within_epoch(self, state: dict[str, Any], path: Path) -> None:
        require(state, {"point": dict, "processes": list}, str(path))
        self.point = Point.from_state_dict(state["point"], f"{path}: its point")
        if self.point.stage != TRAINING:
            return
        if len(state["processes"]) != self.processes.world:
            files = " and ".join(each.name for each in resume_files(path.parent))
            raise UserError(
                f"{path} was saved within an epoch by {len(state['processes'])} processes, and there are "
                f"{self.processes.world}; go on with as many as before, or move {files} away to go on after the last "
                "whole epoch"
            )
        self.left_off, self.left_off_in = state["processes"][self.processes.rank], path
        with fitting(path, "model"):
            check_alike(self.left_off, {"meter": {}, "random": {}, "buffers": {}, "gradients": {}})
            buffers = self._buffers()
            for name, each in self.left_off["buffers"].items():
                buffers[name].copy_(each)

    def go_on_within_epoch(self) -> None:
        """Restore what this process alone knew at the point that the run goes on from; do nothing in a new epoch."""
        if not self.left_off:
            return
        assert self.meter is not None
        parameters = dict(self.model.named_parameters())
        with fitting(self.left_off_in, "point"):
            self.meter.load_state_dict(self.left_off["meter"])
            for name, gradient in self.left_off["gradients"].items():
                parameters[name].grad = gradient.to(self.processes.device)
            set_random_states(self.left_off["random"], self.processes.device)
        self.left_off = {}

    def input_of(self, batch: TrainBatch) -> StepInput:
        """Return what the network and the loss receive of a batch, after the settings `augment` and `mix`."""
        return self.config.exp.guard("augment").run(self.train_input, batch, doing="a step of augment or mix")

    def guarded(self, module: nn.Module) -> GuardedNetwork:
        """Return the model, or the network around it, in the form in which it is called."""
        return GuardedNetwork(module, network_hook(self.config), len(self.splits.classes))

    def gather_shards(self) -> None:
        """Bring the whole network up to date with the one that trains in shards. All processes must call it."""
        if self.shards is not None:
            self.shards.gather()

    @property
    def learning_rate(self) -> float:
        """Return the highest learning rate of all parameter groups."""
        return optim.learning_rate(self.optimiser)

    def autocast(self) -> contextlib.AbstractContextManager:
        """Return the context in which the network runs: mixed precision or none."""
        return autocast(self.amp, self.processes.device)

    def synchronised(self, last: bool) -> contextlib.AbstractContextManager:
        """Return the context of a backward pass: gradients are exchanged between processes only for the last
        accumulated batch.
        """
        if last or not isinstance(self.network, DistributedDataParallel):
            return contextlib.nullcontext()
        return self.network.no_sync()
