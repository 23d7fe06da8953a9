"""Train a head on features that are kept: what a run does with `fixed_views` and a frozen backbone."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from pyvideoai.config.load import Config
from pyvideoai.data.batches import TrainBatch, ViewBatch
from pyvideoai.data.clips import Rows, join_clips, join_views
from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.data.order import fixed_draw
from pyvideoai.engine.checks import is_probe
from pyvideoai.engine.setup import distributed
from pyvideoai.engine.training import Training
from pyvideoai.errors import UserError, counted
from pyvideoai.features.collect import Collected, collect
from pyvideoai.features.cut import Cut
from pyvideoai.features.keys import file_facts, key, state_hash
from pyvideoai.features.loaders import EvalFeatures, FeatureInput, TrainFeatures
from pyvideoai.features.store import Store
from pyvideoai.unpack import source_of

if TYPE_CHECKING:
    import pandas as pd


def keep_features(training: Training) -> None:
    """Let the head train on features, if the experiment is a probe whose features can be kept; the console says so."""
    exp = training.config.exp
    if not is_probe(exp):
        return
    if reason := _why_not(exp):
        training.reporter.log(f"features are not kept: {reason}")
        return
    kept = FrozenNetwork(training)
    training.features = kept
    training.train_loader = kept.of_training()
    training.train_input, training.to_input = FeatureInput(training.processes.device), nn.Identity()
    training.network = distributed(kept.head, training.processes)
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


class FrozenNetwork:
    """Compute and keep the features of a training's network. head: what turns them into logits; it trains."""

    def __init__(self, training: Training) -> None:
        self.training, self.config, self.cut = training, training.config, Cut(training.model)
        self.head, self.checked = self.cut.head, False
        self.store = Store(Path(self.config.exp.feature_cache) / _network_key(self.config, self.cut)[:16])
        # The loaders and inputs of clips, which features take the places of.
        assert isinstance(training.train_loader, TrainLoader)
        self.to_input, self.train_input = training.to_input, training.train_input
        self.train_loader: TrainLoader = training.train_loader

    def of_training(self) -> TrainFeatures:
        """Return the training list's features in place of its clips."""
        loader, exp = self.train_loader, self.config.exp
        table, views = self.training.splits.train, exp.fixed_views
        pixels = [exp.train_pixels, exp.augment, self.config.dataset.flip_keeps_label, self.config.dataset.flip_labels]
        target = getattr(self.config.dataset.target, "__wrapped__", None)
        base = key("train", _frame_facts(self.config), pixels, views, target)
        rows = self._row_keys(base, table)
        keys = [key(row, place) for place, row in enumerate(each for each in rows for _ in range(views))]

        def load(places: list[int]) -> Any:
            return loader.clips([[fixed_draw(place // views, place % views, views)] for place in places])

        collected = self._collect("train", keys, load=load, join=join_clips, compute=self._of_clips)
        return TrainFeatures(loader, collected)

    def of(self, loader: EvalLoader, title: str) -> EvalFeatures:
        """Return the features of an evaluation's views in place of its clips."""
        processes = self.training.processes
        base = key("views", _frame_facts(self.config), loader.views)
        collected = self._collect(
            title, self._row_keys(base, loader.table), load=loader.of, join=join_views, compute=self._of_views
        )
        return EvalFeatures(loader, collected, range(processes.rank, loader.videos, processes.world))

    def _row_keys(self, base: str, table: "pd.DataFrame") -> list[str]:
        """Return a key for each row: everything that the table says of it, and the file as it is now."""
        source, rows = source_of(self.config), Rows(table)
        entries = (rows[number] for number in range(len(rows)))
        return [
            key(base, {k: str(v) for k, v in vars(row).items()}, file_facts(source.path(row.video))) for row in entries
        ]

    def _collect(self, title: str, keys: Sequence[str], **how: Any) -> Collected:
        training = self.training
        processes, exp = training.processes, self.config.exp
        with training.reporter.progress(f"features, {title}", len(keys)) as progress:
            own = collect(
                keys,
                self.store,
                group=max(1, exp.clips_per_device or exp.global_batch),
                facts={"configs": self.config.names, "views": title},
                share=slice(processes.rank, None, processes.world),
                after=lambda count: progress.update(count * processes.world),
                **how,
            )
        collected = own.merged(processes.gather(own))
        kept = len(keys) - collected.computed
        for line in (
            *self.store.faults,
            f"features, {title}: {counted(len(keys), 'view')}, {collected.computed} computed, {kept} kept in "
            f"{self.store.folder.resolve()}",
        ):
            training.reporter.log(line)
        self.store.faults.clear()
        return collected

    def _of_clips(self, batch: TrainBatch) -> Tensor:
        if not self.checked:
            self.training.show(batch)
        return self._features(self.train_input(batch).inputs)

    def _of_views(self, batch: ViewBatch) -> Tensor:
        device, size = self.training.processes.device, self.config.exp.eval_clips_per_device or 8
        chunks = batch.clips.flatten(0, 1).split(size)
        found = torch.cat([self._features(self.to_input(chunk.to(device))) for chunk in chunks])
        return found.unflatten(0, batch.clips.shape[:2])

    def _features(self, inputs: Tensor) -> Tensor:
        with self.training.autocast():
            if not self.checked:
                self._check(inputs[:1])
            return self.cut.features(inputs).float()

    def _check(self, inputs: Tensor) -> None:
        try:
            self.cut.check(inputs)
        except UserError as error:
            raise UserError(f"{error}, so that its features can't be kept: set feature_cache = None") from None
        self.checked = True


class LaterFeatures(EvalLoader):
    """Compute the features of an evaluation when it is first asked for."""

    def __init__(self, kept: FrozenNetwork, loader: EvalLoader, title: str) -> None:
        super().__init__(loader.batches, loader.views, loader.table, loader.clips_per_forward, loader.mirrored_labels)
        self._ask = partial(kept.of, loader, title)
        self._found: EvalFeatures | None = None

    def __iter__(self) -> Any:
        self._found = self._found or self._ask()
        return iter(self._found)


def _network_key(config: Config, cut: Cut) -> str:
    model = config.model
    return key(repr(cut.model), model.load_model.__wrapped__, state_hash(cut.frozen()), model.normalise, config.exp.amp)


def _frame_facts(config: Config) -> list[Any]:
    """Return all that decides which frames and pixels a view shows, besides the view itself."""
    exp, dataset = config.exp, config.dataset
    fps = config.model.fps if dataset.sample_in == "seconds" else None
    return [exp.train_clip, fps, exp.antialias, exp.reader, list(dataset.classes()), dataset.multi_label]
