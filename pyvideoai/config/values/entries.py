"""Check values and functions against the entries of a contract: a setting's kind and range, a hook's parameters."""

import ast
import inspect
from collections.abc import Iterable
from copy import deepcopy
from types import ModuleType
from typing import Any

from pyvideoai.config.contract import REQUIRED, Contract, Hook, Setting
from pyvideoai.config.errors import ConfigError, Place, meant
from pyvideoai.config.values.kinds import Misfit, Range, describe, fit, shortened, told

USUAL_NAMES = {  # ours: what people type; for hints only
    "learning_rate": ("lr", "base_lr", "init_lr", "lrate", "rate"),
    "global_batch": ("batch_size", "batchsize", "bs", "batch", "train_batch_size", "videos_per_gpu"),
    "clips_per_device": ("batch_size_per_gpu", "batch_per_gpu", "per_device_batch_size"),
    "num_epochs": ("epochs", "epoch", "n_epochs", "max_epochs", "max_epoch", "nb_epochs"),
    "weight_decay": ("wd", "decay", "weightdecay", "l2"),
    "workers": ("num_workers", "n_workers", "nworkers", "loader_workers"),
    "optimiser": ("opt", "optim"),
    "lr_factor": ("lr_schedule", "lr_policy"),
    "scheduler": ("lr_scheduler", "sched"),
    "clip_grad_norm": ("grad_clip", "clip_grad", "max_grad_norm", "gradient_clip_val"),
    "amp": ("fp16", "bf16", "precision", "mixed_precision"),
    "device": ("gpu", "gpus", "cuda"),
    "pretrained": ("weights", "checkpoint", "ckpt", "init_weights", "finetune"),
    "label_smoothing": ("smoothing",),
    "root": ("path", "dir", "folder", "data_root", "data_dir", "data_path", "video_root"),
    "val_share": ("val_split", "val_ratio", "val_size"),
    "test_share": ("test_split", "test_ratio", "test_size"),
}


def limits(setting: Setting) -> Range:
    """Return the range of a setting's numbers."""
    return Range(setting.low, setting.high)


def takes(setting: Setting) -> str:
    """Return in words which values a setting takes."""
    return describe(setting.kind, limits(setting))


def fitted(setting: Setting, value: Any, place: Place) -> Any:
    """Return `value` in its canonical form. Raises ConfigError with `place` if it does not fit."""
    try:
        return fit(value, setting.kind, limits(setting))
    except Misfit as misfit:
        note = misfit.note or told(value, setting.kind, limits(setting))
        comma = "; is the comma at its end too much?" if _fits_without_comma(setting, value) else ""
        raise ConfigError(f"{place}: {setting.name}{misfit.path} {note}{comma}") from None


def _fits_without_comma(setting: Setting, value: Any) -> bool:
    """Return whether `1e-3,`, which is a tuple of one number, was written in place of `1e-3`."""
    try:
        return isinstance(value, tuple) and len(value) == 1 and fit(value[0], setting.kind, limits(setting)) is not None
    except Misfit:
        return False


def default(setting: Setting) -> Any:
    """Return the default in canonical form, a new object each time; the setting must have a default."""
    return fitted(setting, deepcopy(setting.default), Place(f"default of {setting.name}"))


def has_default(entry: Setting | Hook) -> bool:
    """Return whether a config may leave the entry out and still read it."""
    return isinstance(entry, Setting) and entry.default is not REQUIRED


def is_required(entry: Setting | Hook) -> bool:
    """Return whether every config must define the entry."""
    return entry.required if isinstance(entry, Hook) else entry.default is REQUIRED


def signature(hook: Hook) -> str:
    """Return the hook as its first line reads: `optimiser(model)`."""
    return f"{hook.name}({', '.join(hook.parameters)})"


def check_hook(hook: Hook, function: Any, place: Place, *, is_own: bool) -> None:
    """Refuse what can't be called with the hook's parameters.

    is_own: the config defines the function itself, so its parameters must also have the hook's names. None in place of
    an optional hook removes the one that a base defines.
    """
    if function is None and not hook.required:
        return
    if not callable(function):
        given = f"the module {function.__name__}" if isinstance(function, ModuleType) else shortened(function)
        raise ConfigError(f"{place}: {hook.name} is a hook: write def {signature(hook)}, not {given}")
    try:
        given = inspect.signature(function)
    except (TypeError, ValueError):  # a function written in C that doesn't tell its parameters
        return
    if is_own:
        # A parameter as text is "*rest: int = 3": what stands before the colon and the sign has its stars.
        check_parameters(
            hook, [str(each).partition(":")[0].partition("=")[0] for each in given.parameters.values()], place
        )
    try:
        given.bind(*hook.parameters)
    except TypeError:
        raise ConfigError(f"{place}: {hook.name}{given} cannot be called as {signature(hook)}") from None


def check_parameters(hook: Hook, names: list[str], place: Place) -> None:
    """Refuse parameters of other names, in another order or in another number."""
    if tuple(names) != hook.parameters:
        raise ConfigError(f"{place}: {hook.name}({', '.join(names)}) should be {signature(hook)}")


def unknown(name: str, contract: Contract, noun: str, others: Iterable[Contract] = ()) -> str:
    """Return the message for a name that the contract does not have: the layer that has it, or the nearest names."""
    owner = next((other.layer for other in others if name in other.names), None)
    if owner is not None:
        return f"{name!r} is for the {owner} config; write it there, or --set {owner}.{name}=..."
    ending = _question(name, contract) or "--help-config lists all, and a helper's name starts with an underscore"
    return f"unknown {noun} {name!r}; {ending}"


def usual_name(name: str, contract: Contract) -> str | None:
    """Return our name for what other frameworks call `name`, such as "lr"; None for an unknown name."""
    return next((ours for ours, theirs in USUAL_NAMES.items() if name.lower() in theirs and contract.get(ours)), None)


def _question(name: str, contract: Contract) -> str:
    usual = usual_name(name, contract)
    return f"did you mean {usual!r}?" if usual else meant(name, contract.names)


def is_helper(name: str) -> bool:
    """Return whether the contract leaves a name alone, because it begins with an underscore or a capital."""
    return not name[0].islower()


def literal(node: ast.AST) -> tuple[bool, Any]:
    """Return whether `node` is a Python literal, and its value."""
    try:
        return True, ast.literal_eval(node)
    # The last two: a text that nests hundreds of brackets.
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None


def literal_text(text: str) -> tuple[bool, Any]:
    """Return whether `text` is a Python literal, and its value."""
    try:
        return literal(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False, None
