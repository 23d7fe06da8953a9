"""Parse `--set name=value`: which setting of which layer, or which field of it, and which value the text means."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.errors import ConfigError, Place
from pyvideoai.config.values.entries import fitted, literal_text, signature, unknown, usual_name
from pyvideoai.config.values.kinds import (
    ANY_NUMBER,
    Misfit,
    Range,
    alternatives,
    field_kinds,
    fit,
    takes_text,
    told,
    words,
)
from pyvideoai.errors import UserError, hint, nearest
from pyvideoai.redacted import redacted, restored

PREFIXES = {"dataset": "dataset", "model": "model", "exp": "experiment", "experiment": "experiment"}
USUAL_PREFIXES = {  # what people type; for hints only
    **dict.fromkeys(("data", "ds", "dataset_cfg", "dataset_configs"), "dataset"),
    **dict.fromkeys(("net", "network", "arch", "backbone", "model_cfg", "model_configs"), "model"),
    **dict.fromkeys(("train", "training", "optim", "optimizer", "solver", "loader", "trainer", "cfg"), "experiment"),
}


@dataclass(frozen=True)
class Override:
    """Hold one `--set`: a setting of a layer, or a field within its value.

    path: the way to the field, such as `("clips",)` or `("0", "low")`; empty for the whole setting. typed: what is kept
    and shown, with `$HF_TOKEN` in place of that secret of the environment; text: the value, with the secret.
    """

    typed: str
    layer: str
    setting: Setting
    path: tuple[str, ...]
    text: str

    @property
    def place(self) -> Place:
        return Place(f"--set {self.typed}")

    @property
    def target(self) -> str:
        """Return what is set, in full: `experiment.test_views.clips`."""
        return ".".join([self.layer, self.setting.name, *self.path])

    def value(self) -> Any:
        """Return the canonical value for the whole setting. Raises ConfigError."""
        return fitted(self.setting, meaning(self.text, self.setting.kind), self.place)

    def refined(self, value: Any) -> Any:
        """Return `value` with the field at `path` replaced. Raises ConfigError."""
        try:
            changed = _replaced(value, self.path, self.text, self)
        except (UserError, ValueError, TypeError) as error:
            raise error if isinstance(error, ConfigError) else ConfigError(f"{self.place}: {error}") from error
        return fitted(self.setting, changed, self.place)

    def fault(self, value: Any) -> ConfigError | None:
        """Return why `refined` refuses the value; None if it doesn't."""
        return _fault(self.refined, value)

    def fault_in(self, kind: Any) -> ConfigError | None:
        """Return why the path or the text suits no value of that kind; None if it may suit one."""
        return _fault(self.check_path, kind)

    def check_path(self, kind: Any) -> None:
        """Follow the path as far as the kinds are classes whose fields are known without running a config."""
        for depth, step in enumerate(self.path):
            kind = _kind_of_part(kind, step, self, ".".join([self.setting.name, *self.path[:depth]]))
        _check_text(self, kind)


def parse_overrides(typed: Iterable[str], contracts: Sequence[Contract]) -> list[Override]:
    """Parse and check every `--set` as far as the contracts alone allow. Raises ConfigError.

    A name without a layer belongs to the last contract, the experiment's.
    """
    overrides = [_parse(each, contracts) for each in typed]
    seen: dict[str, Override] = {}
    for each in overrides:
        if each.target in seen:
            raise ConfigError(f"{each.place}: {each.target} is set twice: also by --set {seen[each.target].typed}")
        seen[each.target] = each
    return overrides


def meaning(text: str, kind: Any) -> Any:
    """Return the value that `text` stands for: a Python literal if it fits, else text if the kind takes text."""
    is_literal, value = literal_text(text)
    if is_literal and _fits(value, kind):
        return value
    return text if takes_text(kind) or text in words(kind) or not is_literal else value


def _fits(value: Any, kind: Any) -> bool:
    try:
        fit(value, kind)
    except Misfit:
        return False
    return True


def value_at(value: Any, path: Sequence[str]) -> Any:
    """Return what lies at a field path of a setting's value."""
    for step in path:
        if isinstance(value, dict):
            value = value[step]
        else:
            value = value[int(step)] if isinstance(value, tuple) else getattr(value, step)
    return value


def _parse(typed: str, contracts: Sequence[Contract]) -> Override:
    typed = redacted(typed)
    address, equals, text = typed.partition("=")
    place = Place(f"--set {typed}")
    names = address.strip().split(".")
    if not equals or not all(names) or not text.strip():
        raise ConfigError(f"{place}: write name=value")
    _refuse_usual_prefix(names, contracts, place)
    layer = PREFIXES[names.pop(0)] if names[0] in PREFIXES and len(names) > 1 else contracts[-1].layer
    contract = next((each for each in contracts if each.layer == layer), None)
    if contract is None:
        raise ConfigError(f"{place}: only {' and '.join(each.layer for each in contracts)} settings can be set here")
    setting = _setting(names[0], contract, contracts, place)
    override = Override(typed, layer, setting, tuple(names[1:]), restored(text.strip()))
    # Called for their errors only, before any config runs.
    override.check_path(setting.kind) if override.path else override.value()
    return override


def _refuse_usual_prefix(names: Sequence[str], contracts: Sequence[Contract], place: Place) -> None:
    """Refuse other frameworks' prefixes (`data.root`, `train.lr`) and name the setting that is meant."""
    contract = next((each for each in contracts if each.layer == USUAL_PREFIXES.get(names[0].lower())), None)
    if len(names) == 1 or contract is None or contracts[-1].get(names[0]):
        return
    ours = usual_name(names[1], contract) or next(iter(nearest(names[1], contract.names)), names[1])
    prefix = [] if contract is contracts[-1] else [contract.layer]
    raise ConfigError(f"{place}: unknown layer {names[0]!r}; did you mean {'.'.join([*prefix, ours, *names[2:]])!r}?")


def _fault(check: Callable[[Any], Any], value: Any) -> ConfigError | None:
    try:
        check(value)
    except ConfigError as error:
        return error
    return None


def _setting(name: str, contract: Contract, contracts: Sequence[Contract], place: Place) -> Setting:
    if name not in contract.names:
        others = [each for each in contracts if each is not contract and contract.layer == "experiment"]
        raise ConfigError(f"{place}: {unknown(name, contract, f'{contract.layer} setting', others)}")
    entry = contract[name]
    if isinstance(entry, Hook):
        raise ConfigError(f"{place}: {name} is a hook: write def {signature(entry)} in a config")
    return entry


def _kind_of_part(kind: Any, step: str, override: Override, owner: str) -> Any:
    known = [each for each in alternatives(kind) if dataclasses.is_dataclass(each) or get_origin(each) in (tuple, dict)]
    if len(known) != 1:
        if all(each in _PLAIN or get_origin(each) is Literal for each in alternatives(kind)):
            raise ConfigError(f"{override.place}: {owner} has no fields")
        return Any
    if dataclasses.is_dataclass(known[0]):
        return _field(field_kinds(known[0]), step, override, owner)
    # A dict's values, a list's parts; of a tuple of fixed length, the last part stands for all.
    parts = get_args(known[0])
    return parts[-1] if get_origin(known[0]) is dict or parts[-1] is not Ellipsis else parts[0]


_PLAIN = (int, float, bool, str, Path, type(None))


def _field(fields: dict[str, Any], name: str, override: Override, owner: str) -> Any:
    if name not in fields:
        raise ConfigError(f"{override.place}: {owner} has no field {name!r}; {hint(name, fields)}")
    return fields[name]


def _check_text(override: Override, kind: Any, numbers: Range = ANY_NUMBER) -> Any:
    value = meaning(override.text, kind)
    try:
        return fit(value, kind, numbers)
    except Misfit as misfit:
        name = ".".join([override.setting.name, *override.path])
        raise ConfigError(
            f"{override.place}: {name}{misfit.path} {misfit.note or told(value, kind, numbers)}"
        ) from None


def _replaced(value: Any, path: Sequence[str], text: str, override: Override, kind: Any = Any) -> Any:
    """Return `value` with what lies at `path` replaced by what `text` means there."""
    if not path:
        return _check_text(override, kind)
    owner = ".".join([override.setting.name, *override.path[: len(override.path) - len(path)]])
    step, rest = path[0], path[1:]
    if dataclasses.is_dataclass(value):
        kind = _field(field_kinds(type(value)), step, override, owner)
        return dataclasses.replace(value, **{step: _replaced(getattr(value, step), rest, text, override, kind)})
    if isinstance(value, tuple):
        index = _index(value, step, override, owner)
        return (*value[:index], _replaced(value[index], rest, text, override), *value[index + 1 :])
    if isinstance(value, dict):
        _field(value, step, override, owner)
        return {**value, step: _replaced(value[step], rest, text, override)}
    raise ConfigError(f"{override.place}: {owner} is {value!r} and has no fields")


def _index(value: tuple[Any, ...], step: str, override: Override, owner: str) -> int:
    if not step.isdecimal() or int(step) >= len(value):
        allowed = f"allowed: {', '.join(map(str, range(len(value))))}" if value else "it is empty"
        raise ConfigError(f"{override.place}: {owner} has no part {step!r}; {allowed}")
    return int(step)
