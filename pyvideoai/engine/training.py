"""The training loop: read `Training.fit` from top to bottom; everything else is a named part of it."""

import contextlib
import itertools
import math
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from pyvideoai.checkpoint import check_alike, fitting, load_optimiser, save_checkpoint
from pyvideoai.config.load import Config
from pyvideoai.data.batches import TrainBatch
from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.data.splits import Splits
from pyvideoai.data.train_input import Given, TrainInput
from pyvideoai.engine.checks import higher_is_better
from pyvideoai.engine.meter import EpochMeter, FailureLimit, what_stands
from pyvideoai.engine.progress import Progress
from pyvideoai.engine.stopping import Diverged, EpochState, StopSignals
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.files import require
from pyvideoai.optim import batchnorm
from pyvideoai.optim import parameter_groups as optim
from pyvideoai.optim.schedules import Schedule
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.reporting.waiting import patiently
from pyvideoai.scoring.network import GuardedNetwork
from pyvideoai.scoring.predict import predict_videos
from pyvideoai.scoring.predictions import Predictions
from pyvideoai.scoring.results import measure
from pyvideoai.scoring.selection import selection_of
from pyvideoai.scoring.trained import TrainedModel, autocast
from pyvideoai.seeding import seed_everything
from pyvideoai.tasks import Task


@dataclass
class Training:
    """Hold a run in one process: the parts that `setup.build_training` made, and the loop over them."""

    config: Config
    task: Task
    splits: Splits
    processes: Processes
    kept_in: ExperimentFolder | None  # None for --check and --overfit, which keep nothing
    reporter: Reporter
    model: nn.Module
    network: nn.Module  # the model, wrapped for several processes
    to_input: nn.Module
    train_input: TrainInput
    optimiser: torch.optim.Optimizer
    schedule: Schedule
    scaler: torch.amp.GradScaler
    loss: nn.Module
    train_loader: TrainLoader
    val_loader: EvalLoader | None  # None where there is no val split
    multicrop_loader: EvalLoader | None
    signals: StopSignals
    progress: Progress = field(default_factory=Progress)

    @property
    def folder(self) -> ExperimentFolder:
        """Return the run's folder."""
        assert self.kept_in is not None, "this training keeps nothing"
        return self.kept_in

    def fit(self) -> None:
        """Train to the last epoch, or until a hook or a signal stops the run."""
        exp = self.config.exp
        for epoch in range(self.progress.epoch + 1, exp.num_epochs + 1):
            values = self.train_epoch(epoch)
            self.measure_statistics(epoch)
            values |= self.validate(epoch)
            self.schedule.after_epoch(values)
            self.finish_epoch(epoch, values)
            if self.wants_to_stop():
                self.reporter.log(f"stopped by on_epoch_end after epoch {epoch}")
                break

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train for one pass over the training list; return the epoch's values."""
        exp, loader = self.config.exp, self.train_loader
        seed_everything(exp.seed, stream="train", epoch=epoch, rank=self.processes.rank)
        batchnorm.train_mode(self.network, exp.bn)
        meter = EpochMeter(
            self.processes,
            self.task,
            epoch=epoch,
            steps=loader.steps,
            log_period=exp.log_period,
            limit=self.failure_limit,
        )
        with self.reporter.epoch_progress(epoch, exp.num_epochs, loader.steps) as progress:
            steps = patiently(meter.timed(loader.epoch(epoch)), self.reporter.log)
            for step, batches in enumerate(steps, start=1):
                if epoch == step == 1:
                    self.show(batches[0])
                self.schedule.before_step(epoch - 1 + (step - 1) / loader.steps)
                gradient_norm = self.train_step(batches, meter)
                meter.end_step(step, self.learning_rate, gradient_norm, progress)
                self.signals.raise_if_any(self.processes, epoch)
        batchnorm.average_statistics(self.model, self.processes)
        self.reporter.failures("train", meter.all_failures())
        return meter.values(selection_of(self.config).metrics) | {"learning_rate": self.learning_rate}

    @property
    def failure_limit(self) -> FailureLimit:
        """Return how many training videos may be unreadable before the run stops."""
        return FailureLimit(self.config.exp.max_failed_share, self.splits.train["video"].nunique())

    def measure_statistics(self, epoch: int) -> None:
        """Compute precise batch norm: run the clips of the epoch's first `precise_bn` steps again, with its
        final weights.
        """
        exp, loader = self.config.exp, self.train_loader
        if exp.precise_bn == 0 or exp.bn == "frozen":
            return
        seed_everything(exp.seed, stream="precise_bn", epoch=epoch, rank=self.processes.rank)
        with torch.no_grad(), batchnorm.population_statistics(self.model, self.processes):
            for batches in itertools.islice(loader.epoch(epoch), min(exp.precise_bn, loader.steps)):
                for batch in batches:
                    inputs = self.input_of(batch)[0]
                    with self.autocast():
                        self.guarded(self.model)(inputs)
                self.signals.raise_if_any(self.processes, epoch)

    def rehearse_step(self, meter: EpochMeter) -> None:
        """Train for the first step of the first epoch, without what surrounds it in a run: for --check."""
        batchnorm.train_mode(self.network, self.config.exp.bn)
        self.schedule.before_step(0.0)
        self.train_step(next(iter(self.train_loader.epoch(1))), meter)

    def show(self, batch: TrainBatch) -> None:
        """Draw plots/first_batch.png: what the network receives, made again from the same random draws."""
        self.reporter.first_batch(partial(self.train_input.shown, batch), self.splits.classes)

    def train_step(self, batches: list[TrainBatch], meter: EpochMeter) -> torch.Tensor:
        """Take one optimiser step over the accumulated batches; return the norm of the gradient before clipping."""
        network, exp = self.guarded(self.network), self.config.exp
        for number, batch in enumerate(batches, start=1):
            with self.synchronised(number == len(batches)):
                inputs, targets, labels = self.input_of(batch)
                with self.autocast():
                    logits = network(inputs)
                loss = self.loss(logits.float(), targets)
                network.backward(self.scaler.scale(loss / len(batches)))
            meter.add(loss, logits, labels, batch.failures)
        self.scaler.unscale_(self.optimiser)  # fp16's factor would otherwise count in the norm and in clipping
        gradient_norm = nn.utils.clip_grad_norm_(self.model.parameters(), exp.clip_grad_norm or float("inf"))
        exp.optimiser.guard.run(self.scaler.step, self.optimiser, doing="the optimiser's step")
        self.scaler.update()
        self.optimiser.zero_grad(set_to_none=True)
        self.schedule.after_step()
        return gradient_norm

    def validate(self, epoch: int) -> dict[str, float]:
        """Validate with one clip every `val_period` epochs and after the last, with multi-crop every
        `test_period` epochs.
        """
        exp, values = self.config.exp, dict[str, float]()
        if self.val_loader is None or self.multicrop_loader is None:
            return values
        if epoch % exp.val_period == 0 or epoch == exp.num_epochs:
            values |= self.score(self.val_loader, "val")
        if exp.test_period and epoch % exp.test_period == 0:
            values |= self.score(self.multicrop_loader, "val_multicrop")
        return values

    def score(self, loader: EvalLoader, prefix: str) -> dict[str, float]:
        """Return the values of one evaluation by name, such as "val/top1"."""
        return measure(self.predict(loader, prefix), selection_of(self.config).metrics, prefix)

    def predict(self, loader: EvalLoader, title: str) -> Predictions:
        """Return predictions for every video of a loader's split, gathered from all processes; rows of a
        video_id are averaged.
        """
        exp = self.config.exp
        model = TrainedModel(
            self.guarded(self.model),
            self.to_input,
            self.processes.device,
            self.task,
            exp.amp,
            None if exp.loss is None else self.loss,
        )
        return predict_videos(model, loader, processes=self.processes, reporter=self.reporter, title=title)

    def finish_epoch(self, epoch: int, values: dict[str, float]) -> None:
        """Record, save and report an epoch. The checkpoint is saved first: everything else can be made from it."""
        progress, exp = self.progress, self.config.exp
        if not all(torch.isfinite(parameter).all() for parameter in self.model.parameters()):
            raise Diverged(f"the weights are not finite numbers after epoch {epoch}; {what_stands(epoch)}")
        progress.epoch = epoch
        progress.history.append({"epoch": epoch, **values})
        self.update_best(epoch, values)
        if self.processes.is_main:
            save_checkpoint(
                self.folder.weights,
                epoch,
                self.state_dict(),
                best_epoch=epoch if progress.best_epoch is None and self.val_loader is None else progress.best_epoch,
                keep_all=exp.save_mode == "all",
            )
        self.reporter.epoch(progress.history, best_epoch=progress.best_epoch, num_epochs=exp.num_epochs)

    def update_best(self, epoch: int, values: dict[str, float]) -> None:
        """Note the best epoch so far by `select`; among equal ones the one with lower val loss, since small
        splits saturate.
        """
        selection, progress = selection_of(self.config), self.progress
        name, sign = selection.select, 1 if higher_is_better(selection.select, selection.metrics) else -1
        score = [sign * values.get(name, math.nan), -values.get("val/loss", math.inf)]
        if math.isfinite(score[0]) and (progress.best_score is None or score > progress.best_score):
            progress.best_epoch, progress.best_score = epoch, score

    def wants_to_stop(self) -> bool:
        """Return what the hook `on_epoch_end` decides, agreed between the processes."""
        hook, progress = self.config.exp.on_epoch_end, self.progress
        if hook is None:
            return False
        state = EpochState(progress.epoch, self.config.exp.num_epochs, progress.history, progress.best_epoch)
        return self.processes.any(bool(hook(state)))

    def state_dict(self) -> dict[str, Any]:
        """Return all that a resume needs, as tensors, numbers and strings."""
        return {
            "names": list(self.config.names),
            "classes": self.splits.classes,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "progress": self.progress.state_dict(),
        }

    def resume(self, state: dict[str, Any], path: Path) -> None:
        """Continue from `state`, which was read from the file `path`. Raises UserError if it is not this run's."""
        kinds = dict.fromkeys(("model", "optimiser", "schedule", "scaler", "progress"), dict)
        require(state, {**kinds, "classes": list, "epoch": int}, str(path))
        if state["classes"] != self.splits.classes:
            raise UserError(
                f"{path} was trained on other classes, or in another order: {', '.join(state['classes'][:5])}"
            )
        with fitting(path, "model"):
            self.model.load_state_dict(state["model"])
        with fitting(path, "optimiser"):
            load_optimiser(self.optimiser, state["optimiser"])
        with fitting(path, "schedule"):
            check_alike(state["schedule"], self.schedule.state_dict())
            self.schedule.load_state_dict(state["schedule"])
        with fitting(path, "scaler"):
            check_alike(state["scaler"], self.scaler.state_dict())
            self.scaler.load_state_dict(state["scaler"])
        self.progress = Progress.from_state_dict(state["progress"], state["epoch"], f"{path}: its progress")

    def input_of(self, batch: TrainBatch) -> Given:
        """Return what the network and the loss receive of a batch, after the settings `augment` and `mix`."""
        return self.config.exp.guard("augment").run(self.train_input, batch, doing="a step of augment or mix")

    def guarded(self, module: nn.Module) -> GuardedNetwork:
        """Return the model, or the network around it, in the form in which it is called."""
        return GuardedNetwork(module, self.config, len(self.splits.classes))

    @property
    def learning_rate(self) -> float:
        """Return the highest learning rate of all parameter groups."""
        return optim.learning_rate(self.optimiser)

    def autocast(self) -> contextlib.AbstractContextManager:
        """Return the context in which the network runs, by the setting `amp`."""
        return autocast(self.config.exp.amp, self.processes.device)

    def synchronised(self, last: bool) -> contextlib.AbstractContextManager:
        """Return the context of a backward pass: gradients are exchanged between processes only for the last
        accumulated batch.
        """
        if last or not isinstance(self.network, DistributedDataParallel):
            return contextlib.nullcontext()
        return self.network.no_sync()
