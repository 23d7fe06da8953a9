"""Build a Training from a config: model, weights, optimiser, schedule, loaders; report each on the console."""

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from pyvideoai.config.load import Config
from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.data.splits import Splits
from pyvideoai.data.train_input import TrainInput
from pyvideoai.data.views import Views
from pyvideoai.data.weights import class_weights
from pyvideoai.engine.advice import imbalance, long_warm_up
from pyvideoai.engine.checks import check_without_val, make_schedule
from pyvideoai.engine.clips_that_fit import settle_clips
from pyvideoai.engine.fastest import settle_way
from pyvideoai.engine.feature_maker import train_input_of
from pyvideoai.engine.pretrained import load_pretrained
from pyvideoai.engine.saving import Saver
from pyvideoai.engine.sharding import check_shards
from pyvideoai.engine.training import Training
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.features.loaders import FeatureInput, TrainFeatures
from pyvideoai.models.compiling import compile_network
from pyvideoai.models.kernels import choose_kernels
from pyvideoai.optim import batchnorm, freezing
from pyvideoai.optim import parameter_groups as optim
from pyvideoai.optim.averaging import Ema
from pyvideoai.optim.fused import fuse
from pyvideoai.optim.shards import Shards, is_sharded
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.loading import wrapped
from pyvideoai.scoring.losses import build_loss
from pyvideoai.scoring.selection import selection_of
from pyvideoai.seeding import choose_algorithms, seed_everything
from pyvideoai.signals import Signals
from pyvideoai.tasks import Task
from pyvideoai.unpack import eval_loader, loader_options, mirror_notes, task_in, to_input_of, train_loader


def build_training(
    config: Config,
    splits: Splits,
    processes: Processes,
    folder: ExperimentFolder | None,
    reporter: Reporter,
    *,
    resumed: bool = False,
    signals: Signals | None = None,
) -> Training:
    """Build everything that a run consists of.

    resumed: skip `pretrained`, since the weights come from a checkpoint. signals: None, if none is to be answered.
    """
    exp, task = config.exp, task_in(config)
    choose_algorithms(exp.deterministic)
    model, whole = _trainable(config, splits.classes, processes, folder, reporter, resumed=resumed)
    way = settle_way(config, model, processes, None if resumed or whole is not None else folder, reporter.log)
    choose_kernels(model, way.memory_format, way.amp, processes.device)
    clips = settle_clips(config, model, way.amp, len(splits.classes), processes, folder, reporter.log)
    if way.compile:
        compile_network(model, processes.device)
    # Only now: `wrap_model` may have put other parameters in place (FSDP2 does).
    optimiser = optim.build_optimiser(exp.optimiser, model)
    fuse(optimiser)
    for line in (optim.describe(optimiser, model), *long_warm_up(exp)):
        reporter.log(line)
    options = loader_options(config, processes)
    loader, train_input = _training_clips(config, splits, processes, reporter, clips, options)
    reporter.log(
        batchnorm.describe(model, exp.bn, loader.clips_per_device, processes, precise=min(exp.precise_bn, loader.steps))
    )
    schedule = make_schedule(exp, optimiser, selection_of(config))
    if splits.val is None:
        check_without_val(exp, schedule)
    return Training(
        config=config,
        task=task,
        processes=processes,
        splits=splits,
        kept_in=folder,
        reporter=reporter,
        model=model,
        network=distributed(model, processes, accumulation=loader.order.accumulation),
        to_input=to_input_of(config).to(processes.device),
        train_input=train_input.to(processes.device),
        optimiser=optimiser,
        schedule=schedule,
        loss=_loss(config, splits, task).to(processes.device),
        scaler=torch.amp.GradScaler(processes.device.type, enabled=way.amp == "fp16"),
        amp=way.amp,
        train_loader=loader,
        # Its workers stay from epoch to epoch; those of multi-crop, which is rare, end with each pass.
        val_loader=_val_loader(config, splits, exp.val_views, persistent=True, **options),
        multicrop_loader=_val_loader(config, splits, exp.test_views, **options),
        signals=signals or Signals(),
        shards=None if whole is None else Shards(model, whole, optimiser, keeps=processes.is_main),
        ema=_ema(model, exp.ema_decay, reporter),
        compiled=way.compile,
        saver=Saver(folder.weights, exp.save_every_s, say=reporter.log) if folder and processes.is_main else None,
    )


def _trainable(
    config: Config,
    classes: list[str],
    processes: Processes,
    folder: ExperimentFolder | None,
    reporter: Reporter,
    *,
    resumed: bool,
) -> tuple[nn.Module, nn.Module | None]:
    """Return the model on its device: its pretrained weights, what is frozen, and the batch norm that `bn` asks for.

    If `wrap_model` shards it, also return what it was before.
    """
    exp, model = config.exp, build_model(config, classes)
    if exp.pretrained is not None and not resumed:
        load_pretrained(model, config, classes, folder if processes.is_main else None, reporter)
    if exp.freeze:
        reporter.log(freezing.freeze(model, exp.freeze, len(classes)))
        if exp.pretrained is None:
            reporter.log("what is frozen keeps its random initial weights: pretrained is None")
    # FSDP2 shards a network in place: the copy stays whole.
    before = copy.deepcopy(model) if exp.wrap_model is not None and processes.world > 1 else model
    model = batchnorm.convert(wrapped(model, config), exp.bn, processes).to(processes.device)
    if is_sharded(model):
        check_shards(config, model, before)
        return model, before.to(processes.device)
    return model, None


def _training_clips(
    config: Config,
    splits: Splits,
    processes: Processes,
    reporter: Reporter,
    clips: int | None,
    options: Mapping[str, Any],
) -> tuple[TrainLoader | TrainFeatures, TrainInput | FeatureInput]:
    """Return the loader of training clips and what is done to its batches; log what a user should know of both.

    clips: of a forward pass, see `settle_clips`.
    """
    loader = train_loader(config, splits.train, clips_per_device=clips, **options)
    of_features = config.dataset.features
    train_input = FeatureInput(processes.device) if of_features else train_input_of(config, len(splits.classes))
    uneven = [] if config.exp.sampler else imbalance(splits, config.exp.balance)
    notes = (*uneven, *loader.notes, *mirror_notes(config), *train_input.notes())
    for note in (*notes, f"{options['workers']} data-loading workers per process"):
        reporter.log(note)
    return loader, train_input


def _ema(model: nn.Module, decay: float | None, reporter: Reporter) -> Ema | None:
    if decay is None:
        return None
    reporter.log(f"validated, selected and scored are averaged weights: ema_decay {decay:g} a step")
    return Ema(model, decay)


def _loss(config: Config, splits: Splits, task: Task) -> nn.Module:
    exp, weights = config.exp, None
    if exp.balance == "loss":
        weights = class_weights(splits.train, len(splits.classes), class_counts=config.dataset.class_counts, task=task)
    return build_loss(task, hook=exp.loss, class_weights=weights, label_smoothing=exp.label_smoothing)


def _val_loader(config: Config, splits: Splits, views: Views, **options: Any) -> EvalLoader | None:
    return None if splits.val is None else eval_loader(config, splits.val, views, **options)


def build_model(config: Config, classes: list[str]) -> nn.Module:
    """Return the model with its initial weights, which are the same on every process for the same seed."""
    seed_everything(config.exp.seed, stream="initialise")
    return config.model.load_model(len(classes))


def distributed(model: nn.Module, processes: Processes, *, accumulation: int) -> nn.Module:
    """Wrap the model so that processes average gradients; batch norm's statistics are averaged once an epoch
    instead.

    accumulation: forward passes of a step.
    """
    if processes.world == 1 or is_sharded(model):
        return model
    devices = [processes.device] if processes.device.type == "cuda" else None
    renamed = "forward_sync_buffers" in inspect.signature(DistributedDataParallel).parameters  # since torch 2.15
    options: dict[str, Any] = {"forward_sync_buffers" if renamed else "broadcast_buffers": False}
    # Gradients lie where they are exchanged, so that none is copied. With static_graph a network may leave parameters
    # unused, as it may with one process; torch 2.14 fails on it where passes are accumulated without an exchange.
    options |= {"gradient_as_bucket_view": True, "static_graph": accumulation == 1}
    return DistributedDataParallel(model, device_ids=devices, **options)
