"""Check settings that contradict one another, before data or a GPU is touched."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Any

from pyvideoai.config.load import Config
from pyvideoai.config.run.guard import GuardedHook, in_words
from pyvideoai.errors import UserError, hint
from pyvideoai.models.stages import BACKBONE
from pyvideoai.optim.schedules import EachEpoch, EachStep, FactorSchedule, OnPlateau, Schedule, TorchSchedule
from pyvideoai.reporting import loggers_of
from pyvideoai.scoring.selection import Selection, selection_of
from pyvideoai.unpack import check_views

SPLITS = ("train", "val", "val_multicrop")


def check_experiment(config: Config, world: int) -> None:
    """Raise UserError if the experiment's settings don't fit together, or don't fit `world` processes."""
    exp = config.exp
    if exp.lr_factor is not None and exp.scheduler is not None:
        raise UserError(
            "the experiment defines both lr_factor and scheduler; a schedule is exactly one of them: write "
            "lr_factor = None or scheduler = None to remove the one that a base defines"
        )
    check_views(config)
    loggers_of(exp.loggers)
    selection = selection_of(config)
    _check_metrics(selection, config.dataset.multi_label)
    check_metric_name("select", selection.select, selection.metrics)
    if exp.plateau_on is not None:
        check_metric_name("plateau_on", exp.plateau_on, selection.metrics)
    if (stopping := exp.early_stopping) is not None:
        check_metric_name("early_stopping: on", stopping.on or selection.select, selection.metrics)
        if stopping.epochs < 1:
            raise UserError(f"early_stopping: NoProgress(epochs={stopping.epochs}) must wait for 1 epoch at least")
    if (clips := exp.clips_per_device) == "auto":
        clips = None
        if exp.deterministic:
            raise UserError(
                "clips_per_device = 'auto' depends on free memory, which deterministic = True rules out: write a number"
            )
    parts = accumulation(exp.global_batch, clips, world)
    if config.dataset.features and (exp.mix is not None or exp.augment):
        raise UserError("augment and mix act on pixels, and features have none: set augment = () and mix = None")
    # parts x world forward passes make a step; if they are as many as its clips, each has a single clip.
    if exp.compile is True and is_probe(exp):
        raise UserError("compile = True compiles nothing where a head trains on kept features: set compile = False")
    if exp.mix is not None and parts * world == exp.global_batch:
        raise UserError("mix has nothing to mix in a forward pass of one clip; set clips_per_device to 2 or more")
    if exp.balance == "loss" and exp.loss is not None:
        raise UserError(
            "balance = 'loss' has no effect on the experiment's own loss hook; weight the classes there, and set "
            "balance = 'none' or 'sampling'"
        )
    if exp.label_smoothing and exp.loss is not None:
        raise UserError(
            f"label_smoothing = {exp.label_smoothing:g} has no effect on the experiment's own loss hook; smooth the "
            "labels there, and set label_smoothing = 0"
        )


def check_shares(config: Config, own: Collection[str]) -> None:
    """Raise UserError for a `--set` that says how to hold out a split which is not held out.

    own: the splits that the dataset itself has.
    """
    taken = f"the dataset has the splits {' and '.join(own)} of its own"
    no_test = "dataset.folds makes the test split" if config.dataset.folds else taken if len(own) > 1 else ""
    tested = "test" in own or bool(config.dataset.folds) or bool(len(own) == 1 and config.dataset.test_share)
    on_test = "protocol = 'literature' validates on test" if config.exp.protocol == "literature" and tested else ""
    no_val = taken if "val" in own else on_test
    no_seed = taken if no_val and no_test == taken else ""
    reasons = {"val_share": no_val, "test_share": no_test, "split_seed": no_seed}
    for override in config.overrides:
        if override.layer == "dataset" and (reason := reasons.get(override.setting.name)):
            raise UserError(f"{override.place}: {reason}; it would change nothing")


def is_probe(exp: Any) -> bool:
    """Return whether an experiment trains the head of a frozen network on fixed views."""
    return bool(exp.fixed_views) and exp.freeze == BACKBONE


def _check_metrics(selection: Selection, multi_label: bool) -> None:
    wrong = [metric.name for metric in selection.metrics if metric.multi_label != multi_label]
    if wrong:
        needed = "metrics = [MeanAveragePrecision()]" if multi_label else "metrics = [Top1()]"
        raise UserError(
            f"metrics: {', '.join(wrong)} can't be measured in a dataset with multi_label = {multi_label}; write "
            f"{needed}, or leave metrics out"
        )


def check_metric_name(setting: str, name: str, metrics: tuple) -> None:
    """Raise UserError unless `name` is a split and one of its metrics, such as "val/top1"."""
    allowed = [
        f"{split}/{metric}" for split in SPLITS for metric in dict.fromkeys(["loss", *(each.name for each in metrics)])
    ]
    if name not in allowed:
        raise UserError(f"{setting} = {name!r} is not a metric of this experiment; {hint(name, allowed)}")


def accumulation(global_batch: int, clips_per_device: int | None, world: int) -> int:
    """Return the forward passes per optimiser step: global_batch / (clips_per_device x processes), a whole number.

    Raises UserError if it isn't one.
    """
    if clips_per_device is None and global_batch % world:
        raise UserError(f"global_batch = {global_batch} can't be shared evenly by {world} processes")
    per_device = clips_per_device or global_batch // world
    if global_batch % (per_device * world):
        raise UserError(
            f"global_batch = {global_batch} is not a multiple of clips_per_device x processes = {per_device} x {world}"
        )
    return global_batch // (per_device * world)


def make_schedule(exp: Any, optimiser: Any, selection: Selection) -> Schedule:
    """Return the experiment's schedule for its optimiser; a constant rate if it has none."""
    if exp.scheduler is None:
        return FactorSchedule(optimiser, exp.lr_factor or (lambda epoch: 1.0))
    wrapper = exp.scheduler(optimiser)
    if not isinstance(wrapper, EachStep | EachEpoch | OnPlateau):
        wanted = "EachStep(...), EachEpoch(...) or OnPlateau(..., on='val/top1') around the torch scheduler"
        raise exp.scheduler.refused(wrapper, f"{wanted} (pyvideoai.optim.schedules)")
    _check_torch_scheduler(wrapper, optimiser, exp.scheduler)
    if isinstance(wrapper, OnPlateau):
        wrapper = replace(wrapper, on=wrapper.on or selection.select)
        _check_plateau(wrapper, selection.metrics)
    step = partial(exp.scheduler.guard.run, wrapper.scheduler.step, doing="the scheduler's step")
    return TorchSchedule(wrapper, step)


def _check_torch_scheduler(wrapper: EachStep | EachEpoch | OnPlateau, optimiser: object, hook: GuardedHook) -> None:
    """Check that the wrapped object can step, and steps this optimiser. `OnPlateau` needs a metric, others must not."""
    scheduler, name = wrapper.scheduler, type(wrapper).__name__
    if not hasattr(scheduler, "step") or not hasattr(scheduler, "state_dict") or isinstance(scheduler, type):
        raise hook.guard.refused(f"wraps {in_words(scheduler)} in {name}, not a torch scheduler")
    # A scheduler of a user's own may lack the attribute.
    if getattr(scheduler, "optimizer", optimiser) is not optimiser:
        raise hook.guard.refused("made a schedule of another optimiser than the one it was given")
    # Of torch's schedulers only ReduceLROnPlateau counts bad epochs.
    follows_a_metric = hasattr(scheduler, "num_bad_epochs")
    if follows_a_metric != isinstance(wrapper, OnPlateau):
        fitting = "OnPlateau(..., on='val/top1')" if follows_a_metric else "EachStep(...) or EachEpoch(...)"
        raise hook.guard.refused(f"wraps {in_words(scheduler)} in {name}; it needs {fitting}")


def check_without_val(exp: Any, schedule: Schedule) -> None:
    """Raise UserError for settings that need values of val when the dataset has no val split."""
    wrapper = schedule.wrapper if isinstance(schedule, TorchSchedule) else None
    waiting = {
        "select": exp.select,
        "early_stopping": exp.early_stopping and (exp.early_stopping.on or "val"),
        "the plateau schedule": wrapper.on if isinstance(wrapper, OnPlateau) else None,
        "test_period": "val_multicrop" if exp.test_period else None,
    }
    for what, name in waiting.items():
        if name and name.startswith("val"):
            raise UserError(
                f"{what} needs {name}, but with dataset.val_share = 0 there is no val split; let it follow a value of "
                "train/, such as plateau_on = 'train/top1', do without it, or hold out val"
            )


def _check_plateau(wrapper: OnPlateau, metrics: tuple) -> None:
    followed = wrapper.on or ""
    check_metric_name("OnPlateau(on=...)", followed, metrics)
    mode = "max" if higher_is_better(followed, metrics) else "min"
    if wrapper.scheduler.mode != mode:
        raise UserError(
            f"the plateau schedule looks for a {wrapper.scheduler.mode}imum of {wrapper.on!r}, "
            f"which is better the {'higher' if mode == 'max' else 'lower'} it is; write mode={mode!r}"
        )


def higher_is_better(name: str, metrics: tuple) -> bool:
    """Return whether a value such as "val/top1" is better when it is higher."""
    # A name that no metric has belongs to a loss, which is better when it is lower.
    return next((metric.higher_is_better for metric in metrics if metric.name == name.partition("/")[2]), False)
