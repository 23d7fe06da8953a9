"""Networks with the weights that are scored: of an experiment's folder, or published ones."""

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from pyvideoai.checkpoint import find_checkpoint, fitting, load_checkpoint
from pyvideoai.config.load import Config
from pyvideoai.config.run.guard import GuardedHook
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.files import require
from pyvideoai.models.kernels import choose_kernels
from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.other_networks import doubts, surplus, surplus_text
from pyvideoai.optim.shards import is_sharded
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.losses import HookLoss
from pyvideoai.scoring.network import GuardedNetwork
from pyvideoai.scoring.trained import TrainedModel, plain_amp
from pyvideoai.unpack import task_in, to_input_of


@dataclass(frozen=True)
class Trained:
    """Hold a trained network, ready for inference, and where it comes from."""

    config: Config
    model: TrainedModel
    classes: list[str]
    epoch: int | None  # None: weights that no experiment of ours trained
    path: Path


def load_trained(config: Config, folder: ExperimentFolder, checkpoint: str, device: torch.device) -> Trained:
    """Return the network of an experiment folder with the weights of `checkpoint`: "best", "last", an epoch or
    a file.
    """
    path = find_checkpoint(folder.weights, checkpoint)
    content = load_checkpoint(path, device)
    require(content, {"classes": list, "model": dict, "epoch": int}, str(path))
    model = _whole(config.model.load_model(len(content["classes"])), config)
    with fitting(path, "model"):
        model.load_state_dict(content["model"])
    scored = _scored(config, model, content["classes"], device)
    return Trained(config, scored, content["classes"], content["epoch"], path.resolve())


def load_published(
    config: Config, source: str, classes: list[str], device: torch.device, reporter: Reporter
) -> Trained:
    """Return the network of the configs with the weights `source`, a name in the model's table or a file.

    Raises UserError if they leave a part of the network as it was initialised, such as a head for another number of
    classes, if their labels mean other classes, or if they have more than the network, and so belong to another one.
    """
    model = config.model.load_model(len(classes))
    report = load_weights(model, source, table=config.model.weights, offline=config.exp.offline, min_share=1.0)
    if extra := surplus(model, report):
        raise UserError(surplus_text(extra, report))
    if other := report.other_classes(classes):
        raise UserError(f"{report.source} is for other classes, or for another order of them: {other}")
    reporter.log(report.text())
    for warning in doubts(extra, report, config.names[1], named=source in config.model.weights):
        reporter.log(f"WARNING: {warning}")
    model = _whole(model, config)
    return Trained(config, _scored(config, model, classes, device), classes, None, Path(report.source))


def wrapped(model: nn.Module, config: Config) -> nn.Module:
    """Return what the experiment's hook `wrap_model` makes of a network; the network itself without the hook."""
    hook = config.exp.wrap_model
    return model if hook is None else hook(model)


def _whole(model: nn.Module, config: Config) -> nn.Module:
    """Return what `wrap_model` makes of a network, to be scored; what it shards (FSDP2) is left as it was."""
    before = model if config.exp.wrap_model is None else copy.deepcopy(model)
    made = wrapped(model, config)
    return before if is_sharded(made) else made


def network_hook(config: Config) -> GuardedHook:
    """Return the hook that made the network: the experiment's `wrap_model`, else the model's `load_model`."""
    return config.exp.wrap_model or config.model.load_model


def _scored(config: Config, model: nn.Module, classes: list[str], device: torch.device) -> TrainedModel:
    # "auto", which no run has settled, is torch's own way.
    choose_kernels(model, config.exp.memory_format, plain_amp(config.exp.amp), device)
    network = GuardedNetwork(model.to(device).eval(), network_hook(config), len(classes))
    return TrainedModel(
        network=network,
        to_input=to_input_of(config).to(device),
        device=device,
        task=task_in(config),
        amp=config.exp.amp,
        loss=None if config.exp.loss is None else HookLoss(config.exp.loss).to(device),
        compiled=config.exp.compile is True,
    )
