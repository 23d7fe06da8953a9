"""Train a head on features that are kept: what a run does with `fixed_views` and a frozen backbone."""

from functools import partial
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import nn

from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.engine.checks import is_probe
from pyvideoai.engine.feature_maker import FeatureMaker, network_key
from pyvideoai.engine.setup import distributed
from pyvideoai.engine.training import Training
from pyvideoai.errors import counted
from pyvideoai.features.cut import Cut
from pyvideoai.features.loaders import VIDEOS, EvalFeatures, FeatureInput, TrainFeatures
from pyvideoai.features.noted import TRAIN_FEATURES, note
from pyvideoai.features.store import Store
from pyvideoai.models.stages import is_backbone_and_head

FLOAT32_BYTES = 4


def keep_features(training: Training) -> None:
    """Let the head train on features, if the experiment is a probe whose features can be kept; the console says so."""
    exp = training.config.exp
    if not is_probe(exp) or training.config.dataset.features:
        return
    if reason := _why_not(exp) or _no_room(training):
        training.reporter.log(f"features are not kept: {reason}")
        return
    kept = FrozenNetwork(training)
    training.features = kept
    training.train_loader = kept.of_training()
    # Features are the head's input already: nothing is left to be augmented or normalised.
    training.train_input, training.to_input = FeatureInput(training.processes.device), nn.Identity()
    training.network = distributed(kept.head, training.processes, accumulation=training.train_loader.order.accumulation)
    for name in ("val_loader", "multicrop_loader"):
        if (loader := getattr(training, name)) is not None:
            setattr(training, name, LaterFeatures(kept, loader, "val"))


def _why_not(exp: Any) -> str | None:
    """Return why the network must run for each clip; None if it needn't."""
    reasons = {
        "feature_cache = None": exp.feature_cache is None,
        "mix makes other clips in each epoch": exp.mix is not None,
        "wrap_model may change what the network does": exp.wrap_model is not None,
        "precise_bn runs the network": bool(exp.precise_bn),
        "ema_decay averages the whole network": exp.ema_decay is not None,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _no_room(training: Training) -> str | None:
    """Return why the features of patches or frames can't be held in memory; None if they can, or are one row a view."""
    if not is_backbone_and_head(training.model):
        return None
    exp, model, device = training.config.exp, training.config.model, training.processes.device
    splits, sizes = training.splits, (model.clip[0], model.size, model.size)
    counts = ((splits.train, exp.fixed_views), (splits.val, exp.val_views.count), (splits.test, exp.test_views.count))
    views = sum(len(table) * count for table, count in counts if table is not None)
    with training.autocast():
        values = Cut(training.model).features(torch.zeros(1, 3, *sizes, device=device)).numel()
    # A batch of all is made of the parts that were read or computed, so that both are there for a moment.
    needed, free = 2 * views * values * FLOAT32_BYTES, psutil.virtual_memory().available
    # Another process may see less room, and all must do the same.
    if not any(training.processes.gather(needed > free)):
        return None
    return (
        f"{counted(views, 'view')} of {values:,} values need {needed / 2**30:.1f} GiB, of {free / 2**30:.1f} GiB free"
    )


class FrozenNetwork:
    """Compute and keep the features of a training's network. head: what turns them into logits; it trains."""

    def __init__(self, training: Training) -> None:
        config, cut = training.config, Cut(training.model)
        self.head, self.processes, self.train_table = cut.head, training.processes, training.splits.train
        self.views, self.folder = config.exp.fixed_views, training.kept_in
        assert isinstance(training.train_loader, TrainLoader)
        self.train_loader: TrainLoader = training.train_loader  # of clips, which features take the place of
        self.maker = FeatureMaker(
            config,
            cut,
            Store(Path(config.exp.feature_cache) / network_key(config, cut)[:16]),
            training.processes,
            training.reporter,
            to_input=training.to_input,
            train_input=training.train_input,
            before=training.show,
        )

    def of_training(self) -> TrainFeatures:
        """Return the training list's features in place of its clips."""
        found = TrainFeatures(self.train_loader, self.maker.of_training(self.train_loader, self.train_table))
        if self.folder is not None and self.processes.is_main:
            keys = self.maker.train_keys(self.train_table)
            by_row = [keys[first : first + self.views] for first in range(0, len(keys), self.views)]
            note(self.folder.logs / TRAIN_FEATURES, self.maker.store.folder, by_row)
        return found

    def of(self, loader: EvalLoader, title: str) -> EvalFeatures:
        """Return the features of an evaluation's views in place of its clips."""
        rows = range(self.processes.rank, loader.videos, self.processes.world)
        return EvalFeatures(loader, self.maker.of_views(loader, title), rows)


class LaterFeatures(EvalLoader):
    """Compute the features of an evaluation when it is first asked for."""

    def __init__(self, kept: FrozenNetwork, loader: EvalLoader, title: str) -> None:
        at_once = loader.clips_per_forward or VIDEOS
        super().__init__(loader.batches, loader.views, loader.table, at_once, loader.mirrored_labels)
        self._ask = partial(kept.of, loader, title)
        self._found: EvalFeatures | None = None

    def __iter__(self) -> Any:
        self._found = self._found or self._ask()
        return iter(self._found)
