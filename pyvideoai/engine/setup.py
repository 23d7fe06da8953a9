"""Build a Training from a config: model, weights, optimiser, schedule, loaders; report each on the console."""

import inspect
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from pyvideoai.config.load import Config
from pyvideoai.data.loader import EvalLoader
from pyvideoai.data.splits import Splits
from pyvideoai.data.to_input import ToInput
from pyvideoai.data.views import Views
from pyvideoai.data.weights import class_weights
from pyvideoai.engine.advice import imbalance
from pyvideoai.engine.checks import check_without_val, make_schedule
from pyvideoai.engine.fastest import settle_format
from pyvideoai.engine.feature_maker import train_input_of
from pyvideoai.engine.pretrained import load_pretrained
from pyvideoai.engine.saving import Saver
from pyvideoai.engine.training import Training
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.models.memory_format import set_memory_format
from pyvideoai.optim import batchnorm, freezing
from pyvideoai.optim import parameter_groups as optim
from pyvideoai.optim.averaging import Ema
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.loading import wrapped
from pyvideoai.scoring.losses import build_loss
from pyvideoai.scoring.selection import selection_of
from pyvideoai.seeding import choose_algorithms, seed_everything
from pyvideoai.signals import Signals
from pyvideoai.tasks import Task
from pyvideoai.unpack import eval_loader, loader_options, mirror_notes, task_in, train_loader


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
    model = build_model(config, splits.classes)
    if exp.pretrained is not None and not resumed:
        load_pretrained(model, config, folder if processes.is_main else None, reporter)
    if exp.freeze:
        reporter.log(freezing.freeze(model, exp.freeze, len(splits.classes)))
        if exp.pretrained is None:
            reporter.log("what is frozen keeps its random initial weights: pretrained is None")
    model = batchnorm.convert(wrapped(model, config), exp.bn, processes).to(processes.device)
    set_memory_format(model, settle_format(config, model, processes, None if resumed else folder, reporter.log))
    optimiser = optim.build_optimiser(exp.optimiser, model)
    reporter.log(optim.describe(optimiser, model))
    options = loader_options(config, processes)
    loader = train_loader(config, splits.train, **options)
    train_input = train_input_of(config, len(splits.classes))
    uneven = [] if exp.sampler else imbalance(splits, exp.balance)
    notes = (*uneven, *loader.notes, *mirror_notes(config), *train_input.notes())
    for note in (*notes, f"{options['workers']} data-loading workers per process"):
        reporter.log(note)
    precise = min(exp.precise_bn, loader.steps)
    reporter.log(batchnorm.describe(model, exp.bn, loader.clips_per_device, processes, precise=precise))
    if exp.ema_decay is not None:
        reporter.log(f"validated, selected and scored are averaged weights: ema_decay {exp.ema_decay:g} a step")
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
        network=distributed(model, processes),
        to_input=ToInput(config.model.normalise).to(processes.device),
        train_input=train_input.to(processes.device),
        optimiser=optimiser,
        schedule=schedule,
        loss=_loss(config, splits, task).to(processes.device),
        scaler=torch.amp.GradScaler(processes.device.type, enabled=exp.amp == "fp16"),
        train_loader=loader,
        val_loader=_val_loader(config, splits, exp.val_views, persistent=True, **options),
        multicrop_loader=_val_loader(config, splits, exp.test_views, **options),
        signals=signals or Signals(),
        ema=None if exp.ema_decay is None else Ema(model, exp.ema_decay),
        saver=Saver(folder.weights, exp.save_every_s, say=reporter.log) if folder and processes.is_main else None,
    )


def _loss(config: Config, splits: Splits, task: Task) -> nn.Module:
    exp, weights = config.exp, None
    if exp.balance == "loss" and exp.loss is None:
        weights = class_weights(splits.train, len(splits.classes), class_counts=config.dataset.class_counts, task=task)
    return build_loss(task, hook=exp.loss, class_weights=weights, label_smoothing=exp.label_smoothing)


def _val_loader(config: Config, splits: Splits, views: Views, **options: Any) -> EvalLoader | None:
    return None if splits.val is None else eval_loader(config, splits.val, views, **options)


def build_model(config: Config, classes: list[str]) -> nn.Module:
    """Return the model with its initial weights, which are the same on every process for the same seed."""
    seed_everything(config.exp.seed, stream="initialise")
    return config.model.load_model(len(classes))


def distributed(model: nn.Module, processes: Processes) -> nn.Module:
    """Wrap the model so that processes average gradients; batch norm's statistics are averaged once an epoch
    instead.
    """
    if processes.world == 1:
        return model
    devices = [processes.device] if processes.device.type == "cuda" else None
    renamed = "forward_sync_buffers" in inspect.signature(DistributedDataParallel).parameters  # since torch 2.15
    keep_own: dict[str, Any] = {"forward_sync_buffers" if renamed else "broadcast_buffers": False}
    return DistributedDataParallel(model, device_ids=devices, **keep_own)
