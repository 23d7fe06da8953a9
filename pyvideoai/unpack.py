"""Turn the layers' settings and hooks into the plain arguments that data/ takes: the one place that knows both.

It doesn't load torch, so that a dataset's tables are checked before torch is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyvideoai import data
from pyvideoai.annotations.mirror import Flips, flips
from pyvideoai.config.load import Config
from pyvideoai.config.run.layer import Layer
from pyvideoai.data.control import Disturbed
from pyvideoai.data.views import views_fault
from pyvideoai.errors import UserError
from pyvideoai.tasks import Task, task_of

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor, nn

    from pyvideoai.features.loaders import TrainFeatures
    from pyvideoai.processes import Processes


VIEWS = {"multicrop": "test_views", "oneclip": "val_views"}  # what -m calls these settings of an experiment


def views_of(config: Config, mode: str) -> data.Views:
    """Return the experiment's views for a `mode`: "multicrop" or "oneclip"."""
    views: data.Views = getattr(config.exp, VIEWS[mode])
    return views


def dataset_of(layer: Layer) -> data.Dataset:
    """Return the dataset that a layer describes; its files are not read yet."""
    return data.Dataset(
        root=layer.root,
        classes=layer.classes,
        splits=layer.splits,
        task=task_of(layer.multi_label),
        prepared=layer.prepared,
        has_videos=not layer.features,
        prepare=layer.prepare,
        group=layer.group,
        val_share=layer.val_share,
        test_share=layer.test_share,
        split_seed=layer.split_seed,
        folds=layer.folds,
        fold=layer.fold,
    )


def task_in(config: Config) -> Task:
    """Return what a label is in the config's dataset."""
    return task_of(config.dataset.multi_label)


def source_of(config: Config, *, originals: bool = False) -> data.ClipSource:
    """Return what opens the dataset's videos. originals: name them by their own paths, without prepared copies."""
    dataset, exp = config.dataset, config.exp
    if dataset.features and originals:
        raise UserError("this network is a head on features, which can't look at videos: -E probe trains one that can")
    in_seconds = dataset.sample_in == "seconds"
    return data.ClipSource(
        Path() if originals else dataset.root,
        sampler=data.AtFps(exp.train_clip, config.model.fps) if in_seconds else exp.train_clip,
        prepared=None if originals else dataset.prepared,
        reader=exp.reader,
        antialias=exp.antialias,
        resize_on=exp.resize_on,
    )


def targets_of(config: Config) -> data.Targets:
    """Return what makes the labels of the dataset's clips."""
    dataset = config.dataset
    return data.Targets(dataset.classes(), task=task_in(config), target=dataset.target, flips=flips_of(config))


def flips_of(config: Config) -> Flips:
    """Return what flips do to labels. Class names may lie on a disk: they are read only if clips are flipped."""
    dataset = config.dataset
    if not any(isinstance(step, data.HorizontalFlip) for step in config.exp.train_pixels):
        return Flips()
    return flips(dataset.flip_keeps_label, dataset.flip_labels, dataset.classes)


def mirrored_labels(config: Config, views: data.Views, classes: Sequence[str] | None = None) -> list[int] | None:
    """Return which class's score a mirrored view has in place of each class: see `data.targets.mirrored_labels`.

    classes: of the dataset, where they are known already; they are read only if views are mirrored.
    """
    if not any(views.mirrored()):
        return None
    dataset = config.dataset
    names = dataset.classes() if classes is None else classes
    return data.mirrored_labels(views, names, flips(dataset.flip_keeps_label, dataset.flip_labels, lambda: names))


def check_views(config: Config) -> None:
    """Try the experiment's views, which may be a protocol of its own, and see that mirrored ones have labels."""
    for setting in ("val_views", "test_views"):
        views, guard = getattr(config.exp, setting), config.exp.guard(setting)
        if fault := guard.run(views_fault, views, doing=f"{setting} = {type(views).__name__}(...)"):
            raise guard.error(f"{setting}: {fault}")
        mirrored_labels(config, views)


def mirror_notes(config: Config) -> list[str]:
    """Return what to say of views whose scores are exchanged back."""
    exchanged = any(mirrored_labels(config, views) for views in (config.exp.val_views, config.exp.test_views))
    return ["views that are mirrored have the scores of left and right exchanged back"] if exchanged else []


def train_loader(
    config: Config, table: pd.DataFrame, *, clips_per_device: int | None = None, **options: Any
) -> data.TrainLoader | TrainFeatures:
    """Return the experiment's loader of a training table: of clips, or of features. options: see `loader_options`.

    clips_per_device: what a run has settled on; None: the setting, and for its "auto" all clips of a process.
    """
    exp = config.exp
    asked = None if exp.clips_per_device == "auto" else exp.clips_per_device
    loader = data.train_loader(
        table,
        source=source_of(config),
        targets=targets_of(config),
        train_pixels=exp.train_pixels,
        global_batch=exp.global_batch,
        clips_per_device=clips_per_device or asked,
        clips_per_video=exp.clips_per_video,
        fixed_views=exp.fixed_views,
        weights=data.row_weights(table, sampler=exp.sampler, balance=exp.balance, task=task_in(config)),
        seed=exp.seed,
        start_method=exp.start_method,
        video_timeout_s=exp.video_timeout_s,
        guard=SamplingGuard(exp),
        **options,
    )
    return _train_features(config, table, loader) if config.dataset.features else loader


def eval_loader(
    config: Config,
    table: pd.DataFrame,
    views: data.Views,
    *,
    control: str | None = None,
    originals: bool = False,
    **options: Any,
) -> data.EvalLoader:
    """Return the experiment's loader of a table that is scored. options: see `loader_options`.

    control: how the frames of clips are disturbed, see `data.control`; None: not at all. originals: see `source_of`.
    """
    source = source_of(config, originals=originals)
    if control is not None:
        # Around `AtFps` too: what is disturbed are the frames that a clip shows.
        source.sampler = Disturbed(source.sampler, control)
    loader = data.eval_loader(
        table,
        source=source,
        targets=targets_of(config),
        views=views,
        clips_per_device=eval_clips(config),
        mirrored_labels=mirrored_labels(config, views),
        start_method=config.exp.start_method,
        video_timeout_s=config.exp.video_timeout_s,
        guard=SamplingGuard(config.exp),
        **options,
    )
    return _eval_features(config, table, loader, control, **options) if config.dataset.features else loader


def _train_features(config: Config, table: pd.DataFrame, loader: data.TrainLoader) -> TrainFeatures:
    """Return the features of a folder in place of a training list's clips."""
    from pyvideoai.features.loaders import TrainFeatures, by_fixed_view, in_folder

    views = config.exp.fixed_views
    if not views:
        raise UserError("features are of fixed views: take -E probe, or set fixed_views to as many as a video has")
    found = in_folder(config.dataset.root, table, _labels(config, table), views=views, setting=f"fixed_views = {views}")
    features = TrainFeatures(loader, by_fixed_view(found, views))
    features.notes = [*loader.notes, "frames, pixels and views are those of the features, not the experiment's"]
    return features


def _eval_features(
    config: Config,
    table: pd.DataFrame,
    loader: data.EvalLoader,
    control: str | None,
    *,
    rank: int = 0,
    world: int = 1,
    **options: Any,
) -> data.EvalLoader:
    """Return the features of a folder in place of an evaluation's clips."""
    from pyvideoai.features.loaders import EvalFeatures, in_folder

    if control is not None:
        raise UserError(f"--control {control} disturbs frames, and features have none")
    views = loader.views.count
    found = in_folder(
        config.dataset.root, table, _labels(config, table), views=views, setting=f"views = {loader.views}"
    )
    # The same rows as data.eval_loader's. Other options concern workers, which features don't need.
    return EvalFeatures(loader, found, range(rank, len(table), world))


def _labels(config: Config, table: pd.DataFrame) -> list[Tensor]:
    from pyvideoai.data.rows import Rows

    targets, rows = targets_of(config), Rows(table)
    return [targets.of_row(rows[row]) for row in range(len(rows))]


def to_input_of(config: Config) -> nn.Module:
    """Return the module that turns clips into the network's input in evaluation; for features, the identity."""
    from torch import nn

    return nn.Identity() if config.dataset.features else data.ToInput(config.model.normalise)


def loader_options(config: Config, processes: Processes) -> dict[str, Any]:
    """Return the options that all loaders of this process share."""
    return {
        "rank": processes.rank,
        "world": processes.world,
        "workers": data.worker_count(config.exp.workers, processes.on_this_machine),
        "pin_memory": processes.device.type == "cuda",
    }


def eval_clips(config: Config) -> int | None:
    """Return how many clips a forward pass in evaluation has; None: as many as fit into memory."""
    exp = config.exp
    plain = exp.clips_per_device or exp.global_batch
    asked = exp.eval_clips_per_device or plain
    if asked == "auto" and exp.deterministic:
        asked = plain
    return None if asked == "auto" else asked


@dataclass(frozen=True)
class SamplingGuard:
    """Name the experiment's own samplers and pixel steps where they fail: see `data.mistakes.Guard`.

    Pickled, it takes the config along, so that a worker process finds what the config defines.
    """

    exp: Layer

    def __call__(self, function: Callable[..., Any], *arguments: Any, settings: Sequence[str]) -> Any:
        guard = self.exp.guard(settings[0])
        return guard.run(function, *arguments, doing=f"a step of {' or '.join(settings)}")
