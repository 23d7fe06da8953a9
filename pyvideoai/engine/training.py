"""The training loop: read `Training.fit` from top to bottom; everything else is a named part of it."""

import itertools
import math
from functools import partial

import torch
from torch import nn

from pyvideoai.checkpoint import save_checkpoint
from pyvideoai.data.batches import TrainBatch, all_moved
from pyvideoai.data.device import ahead
from pyvideoai.data.loader import EvalLoader
from pyvideoai.data.train_input import TrainInput
from pyvideoai.engine.advice import at_chance
from pyvideoai.engine.checks import higher_is_better, is_probe
from pyvideoai.engine.interruptible import Interruptible
from pyvideoai.engine.meter import EpochMeter, what_stands
from pyvideoai.engine.patience import why_stuck
from pyvideoai.engine.progress import MEASURED, TRAINED, TRAINING, Point
from pyvideoai.engine.stopping import Diverged, EpochState
from pyvideoai.optim import batchnorm
from pyvideoai.optim.freezing import eval_but_head
from pyvideoai.optim.shards import gathered
from pyvideoai.reporting.waiting import patiently
from pyvideoai.scoring.predict import predict_videos
from pyvideoai.scoring.predictions import Predictions
from pyvideoai.scoring.results import measure
from pyvideoai.scoring.samples import show
from pyvideoai.scoring.selection import selection_of
from pyvideoai.scoring.trained import TrainedModel
from pyvideoai.seeding import seed_everything


class Training(Interruptible):
    """Train: the loop over the parts."""

    def fit(self) -> None:
        """Train to the last epoch, or until a hook or a signal stops the run."""
        exp = self.config.exp
        if self.had_stopped():
            return
        with self.signals.waiting(), self.saved_when_stopped():
            for epoch in range(self.progress.epoch + 1, exp.num_epochs + 1):
                self.train_epoch(epoch)
                self.measure_statistics(epoch)
                # point.values: what training measured, in an earlier process perhaps.
                values = self.point.values | self.validate(epoch)
                # Before the checkpoint is saved, so that a resume has the next epoch's rate.
                self.schedule.after_epoch(values)
                self.finish_epoch(epoch, values)
                if self.wants_to_stop():
                    break

    def train_epoch(self, epoch: int) -> None:
        """Train for one pass over the training list, or for what is left of it after a resume."""
        exp, loader = self.config.exp, self.train_loader
        # A resume may begin after this epoch's steps.
        if self.point.stage != TRAINING:
            return
        seed_everything(exp.seed, stream="train", epoch=epoch, rank=self.processes.rank)
        self.train_mode()
        self.meter = meter = self.new_meter(epoch)
        # Last: a resume replaces the random states and the sums that were made anew just above.
        self.go_on_within_epoch()
        done = self.point.steps
        with self.reporter.epoch_progress(epoch, exp.num_epochs, loader.steps, done=done) as progress:
            loaded = meter.timed(loader.epoch(epoch, start_step=done))
            steps = self.answering(ahead(loaded, self.processes.device, all_moved))
            for step, batches in enumerate(patiently(steps, self.reporter.log, loader.reading), start=done + 1):
                if epoch == step == 1 and self.features is None:
                    self.show(batches[0])
                self.schedule.before_step(epoch - 1 + (step - 1) / loader.steps)
                gradient_norm = self.train_step(batches, meter)
                meter.end_step(step, self.learning_rate, gradient_norm, progress)
                self.pause(Point(TRAINING, step))
        # One network; with an average two, and both are saved.
        for model in dict.fromkeys((self.model, self.scored)):
            batchnorm.average_statistics(model, self.processes)
        self.gather_shards()
        self.reporter.failures("train", meter.all_failures())
        values = meter.values(selection_of(self.config).metrics) | {"learning_rate": self.learning_rate}
        # Before any state says that this epoch's steps are over: a kill never leaves a checkpoint without its losses.
        self.reporter.clip_losses(epoch, meter.of_clips(), len(self.splits.train))
        self.point = Point(TRAINED, loader.steps, values=values)

    def new_meter(self, epoch: int) -> EpochMeter:
        """Return what measures a training epoch."""
        return EpochMeter(
            self.processes,
            self.task,
            epoch=epoch,
            steps=self.train_loader.steps,
            log_period=self.config.exp.log_period,
            limit=self.failure_limit,
        )

    def train_mode(self) -> None:
        """Let dropout drop and batch norm follow its batches, but not in what is frozen, nor in a probe's backbone."""
        if self.features is None and is_probe(self.config.exp):
            eval_but_head(self.network)
        else:
            batchnorm.train_mode(self.network, self.config.exp.bn)

    def measure_statistics(self, epoch: int) -> None:
        """Compute precise batch norm: run the clips of the epoch's first `precise_bn` steps again, with its
        final weights.
        """
        exp, loader = self.config.exp, self.train_loader
        if self.point.stage == TRAINED and exp.precise_bn and exp.bn != "frozen":
            self.save_if_due()
            batchnorm.train_mode(self.scored, exp.bn)
            seed_everything(exp.seed, stream="precise_bn", epoch=epoch, rank=self.processes.rank)
            with torch.no_grad(), batchnorm.population_statistics(self.scored, self.processes):
                for batches in itertools.islice(loader.epoch(epoch), min(exp.precise_bn, loader.steps)):
                    for batch in batches:
                        inputs = self.input_of(batch)[0]
                        with self.autocast():
                            self.guarded(self.scored)(inputs)
                    self.answer()
            if self.shards is not None:
                # The statistics were measured on the whole network.
                self.shards.scatter()
        self.point.stage = MEASURED

    def rehearse_step(self, meter: EpochMeter) -> None:
        """Train for the first step of the first epoch, without what surrounds it in a run: for --check."""
        self.train_mode()
        self.schedule.before_step(0.0)
        self.train_step(next(iter(self.train_loader.epoch(1))), meter)

    def show(self, batch: TrainBatch) -> None:
        """Draw plots/first_batch.png: what the network receives, made again from the same random draws."""
        if isinstance(self.train_input, TrainInput):
            self.reporter.first_batch(partial(self.train_input.shown, batch), self.splits.classes)

    def train_step(self, batches: list[TrainBatch], meter: EpochMeter) -> torch.Tensor | None:
        """Take one optimiser step over the accumulated batches; return the norm of the gradient before clipping, or
        None if the meter doesn't show this step and nothing is clipped.
        """
        network, exp = self.guarded(self.network), self.config.exp
        # A resume may begin within a step, with the gradients of its first batches.
        for number, batch in enumerate(batches[self.point.batches :], start=self.point.batches + 1):
            with self.synchronised(number == len(batches)):
                inputs, targets, labels = self.input_of(batch)
                with self.autocast():
                    logits = network(inputs)
                loss = self.loss(logits.float(), targets)
                # Each loss is a mean over equally many clips, so their mean is that of the whole step.
                network.backward(self.scaler.scale(loss / len(batches)))
            meter.add(loss, logits, labels, batch.rows, batch.failures)
            if number < len(batches) and self.processes.world == 1 and self.meter is meter:
                self.pause(Point(TRAINING, self.point.steps, number))
        self.scaler.unscale_(self.optimiser)  # fp16's factor would otherwise count in the norm and in clipping
        gradient_norm = self.clip_gradient(meter.shows(self.point.steps + 1))
        exp.optimiser.guard.run(self.scaler.step, self.optimiser, doing="the optimiser's step")
        self.scaler.update()
        if self.ema is not None:
            self.ema.update(self.model)
        self.optimiser.zero_grad(set_to_none=True)
        self.schedule.after_step()
        return gradient_norm

    def clip_gradient(self, is_shown: bool) -> torch.Tensor | None:
        """Clip the gradient as `clip_grad_norm` says; return its norm before that, None if it is neither clipped nor
        shown.
        """
        parameters, limit = self.model.parameters(), self.config.exp.clip_grad_norm
        if limit:
            return gathered(nn.utils.clip_grad_norm_(parameters, limit))
        # A norm reads all gradients, which takes half a per cent of a step of i3d_resnet50 on a CPU. clip_grad_norm_
        # with an infinite limit would also multiply them by 1, as much again.
        if not is_shown:
            return None
        return gathered(nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None]))

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
        predictions = self.predict(loader, prefix)
        if prefix == "val":
            epochs = self.progress.epoch + 1, self.config.exp.num_epochs
            show(self.reporter, predictions, prefix, *epochs, self.splits.classes)
        return measure(predictions, selection_of(self.config).metrics, prefix)

    def trained_model(self) -> TrainedModel:
        """Return the network with its weights of now, to be scored before they change."""
        return TrainedModel(
            self.guarded(self.scored if self.features is None else self.features.head),
            self.to_input,
            self.processes.device,
            self.task,
            self.amp,
            None if self.config.exp.loss is None else self.loss,
            self.passes,
            self.compiled and self.features is None,
        )

    def predict(self, loader: EvalLoader, title: str) -> Predictions:
        """Return predictions for every video of a loader's split, gathered from all processes; rows of a
        video_id are averaged.
        """
        if self.saver is not None:
            self.saver.wait()  # the loader may fork workers, which is safe without another thread
        return predict_videos(
            self.trained_model(),
            loader,
            processes=self.processes,
            reporter=self.reporter,
            title=title,
            signals=self.signals,
            after_batch=self.save_if_due,
            doubtful=self.val_loader is None or (title == "val" and self.progress.epoch == 0),
        )

    def finish_epoch(self, epoch: int, values: dict[str, float]) -> None:
        """Record, save and report an epoch. The checkpoint is saved first: everything else can be made from it."""
        progress, exp = self.progress, self.config.exp
        trained = self.model if self.shards is None else self.shards.whole
        # One answer for all: each that is asked for waits for a GPU.
        if not torch.stack([torch.isfinite(parameter).all() for parameter in trained.parameters()]).all():
            raise Diverged(f"the weights are not finite numbers after epoch {epoch}; {what_stands(epoch)}")
        progress.epoch, self.point = epoch, Point()
        progress.history.append({"epoch": epoch, **values})
        self.update_best(epoch, values)
        self.reporter.flush()
        if self.saver is not None:
            self.saver.whole_epoch()
            save_checkpoint(
                self.folder.weights,
                epoch,
                self.state_dict(),
                best_epoch=self.kept_as_best,
                keep_all=exp.save_mode == "all",
            )
        self.reporter.epoch(progress.history, best_epoch=progress.best_epoch, num_epochs=exp.num_epochs)
        if advice := at_chance(progress.history, self.splits):
            self.reporter.log(advice)

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
        """Return what `early_stopping` or the hook `on_epoch_end` decides, agreed between the processes, and say it."""
        hook, progress = self.config.exp.on_epoch_end, self.progress
        if why := why_stuck(self.config.exp.early_stopping, progress.history, selection_of(self.config)):
            self.reporter.log(f"stopped after epoch {progress.epoch} by {why}")
            return True
        if hook is None:
            return False
        state = EpochState(progress.epoch, self.config.exp.num_epochs, progress.history, progress.best_epoch)
        stop = self.processes.any(bool(hook(state)))
        if stop:
            self.reporter.log(f"stopped by on_epoch_end after epoch {progress.epoch}")
        return stop

    def had_stopped(self) -> bool:
        """Return whether `early_stopping` or `on_epoch_end` had stopped this run when it was interrupted. A run that
        had finished, and is to train longer, goes on.
        """
        if not self.progress.epoch or not self.point.is_start:
            return False
        has_finished = self.folder.is_finished and self.folder.read_results().get("epochs") == self.progress.epoch
        return not has_finished and self.wants_to_stop()
