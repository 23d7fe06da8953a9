"""Fit values to the kinds that a contract names, bring them into canonical form, and put kinds into words.

A kind is a type as in an annotation: see `contract.Setting`. Nothing here imports torch or numpy; their numbers fit by
Python's number protocols.
"""

import dataclasses
import math
import os
import re
import types
from collections.abc import Callable, Iterator
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pyvideoai.config.errors import meant


class Misfit(Exception):
    """A value is not of its kind. path: the part that is wrong (`.clips`, `[0]`); note: what is wrong there."""

    def __init__(self, note: str = "", path: str = "") -> None:
        super().__init__(note)
        self.note, self.path = note, path


@dataclasses.dataclass(frozen=True)
class Range:
    """Hold the lowest and highest number allowed, both included; None means no limit."""

    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.low is not None and self.high is not None:
            return f" from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f" of at least {self.low:g}"
        return f" of at most {self.high:g}" if self.high is not None else ""

    def check(self, number: float) -> None:
        """Raise Misfit unless `number` is finite and in the range."""
        below = self.low is not None and number < self.low
        above = self.high is not None and number > self.high
        if below or above or number in (math.inf, -math.inf) or number != number:  # NaN
            raise Misfit


ANY_NUMBER = Range()


@dataclasses.dataclass(frozen=True)
class Text:
    """Describe text that matches `pattern`. named: the kind in messages; words: what a misspelling may have meant."""

    pattern: str
    named: str
    words: tuple[str, ...]


def fit(value: Any, kind: Any, limits: Range = ANY_NUMBER) -> Any:
    """Return `value` in the canonical form of `kind`: a float for an int, a Path for text, a tuple for a list.

    limits: applies to every int and float in the kind. Raises Misfit.
    """
    if kind is Any:
        return value
    if isinstance(kind, types.UnionType) or get_origin(kind) is Union:
        return _fit_union(value, get_args(kind), limits)
    if get_origin(kind) in _CONTAINERS:
        return _CONTAINERS[get_origin(kind)](value, get_args(kind), limits)
    if isinstance(kind, Text):
        return _fit_text(value, kind)
    if kind in _PLAIN:
        return _PLAIN[kind](value, limits)
    return _fit_object(value, kind)


def describe(kind: Any, limits: Range = ANY_NUMBER) -> str:
    """Return `kind` in words for a message: "an int of at least 1 or 'auto'"."""
    if isinstance(kind, types.UnionType) or get_origin(kind) is Union:
        return " or ".join(describe(each, limits) for each in get_args(kind))
    if get_origin(kind) is Literal:
        return " or ".join(repr(each) for each in get_args(kind))
    if isinstance(kind, Text):
        return kind.named
    if get_origin(kind) is tuple:
        return _describe_tuple(get_args(kind), limits)
    if get_origin(kind) is dict:
        return f"a dict of {' to '.join(describe(each) for each in get_args(kind))}"
    if kind in (int, float):
        return f"{_NAMES[kind]}{limits}"
    return _NAMES[kind] if kind in _NAMES else _with_article(getattr(kind, "__name__", str(kind)))


def told(value: Any, kind: Any, limits: Range = ANY_NUMBER) -> str:
    """Return the message for a value that does not fit, with the nearest word if the kind has words."""
    question = meant(value, words(kind)) if isinstance(value, str) else ""
    return f"takes {describe(kind, limits)}, not {shortened(value)}{question and f'; {question}'}"


def shortened(value: Any) -> str:
    """Return `value` as code, cut to 60 characters; an object without a repr of its own as its class."""
    text = repr(value) if type(value).__repr__ is not object.__repr__ else _with_article(type(value).__name__)
    return text if len(text) <= 60 else f"{text[:57]}..."


def words(kind: Any) -> list[str]:
    """Return the words that a value of this kind may be, for nearest matches."""
    return [str(option) for part in alternatives(kind) for option in _options(part)]


def takes_text(kind: Any) -> bool:
    """Return whether a bare word in `--set` may be text: for text and paths, alone or in a union."""
    return any(part in (str, Path) or isinstance(part, Text) for part in alternatives(kind))


def alternatives(kind: Any) -> Iterator[Any]:
    """Yield the members of a union, or the kind itself."""
    if isinstance(kind, types.UnionType) or get_origin(kind) is Union:
        for each in get_args(kind):
            yield from alternatives(each)
    else:
        yield kind


def field_kinds(cls: type) -> dict[str, Any]:
    """Return the fields that a dataclass's constructor takes, with their kinds; Any for an unresolvable hint."""
    try:
        # NameError: a name that is imported for type checkers only.
        hints = get_type_hints(cls)
    except (NameError, TypeError):
        hints = {}
    return {field.name: hints.get(field.name, Any) for field in dataclasses.fields(cls) if field.init}


def _fit_union(value: Any, kinds: tuple[Any, ...], limits: Range) -> Any:
    """Fit to the first member that takes the value unchanged, else to the first that converts it.

    If exactly one member found a fault within the value, such as in one part of a list, report that fault.
    """
    fitted, within = [], []
    for kind in kinds:
        try:
            fitted.append(fit(value, kind, limits))
        except Misfit as misfit:
            within += [misfit] if misfit.note else []
    if not fitted:
        raise within[0] if len(within) == 1 else Misfit
    return next((each for each in fitted if type(each) is type(value)), fitted[0])


def _fit_literal(value: Any, options: tuple[Any, ...], limits: Range) -> Any:
    for option in options:
        # The type as well: True == 1 and 1 == 1.0 in Python.
        if type(option) is type(value) and option == value:
            return option
    raise Misfit


def _fit_text(value: Any, kind: Text) -> str:
    # ASCII: \d would match the digits of all other scripts, too.
    if not isinstance(value, str) or re.fullmatch(kind.pattern, value, re.ASCII) is None:
        raise Misfit
    return value


def _fit_tuple(value: Any, kinds: tuple[Any, ...], limits: Range) -> tuple[Any, ...]:
    if not isinstance(value, tuple | list):
        raise Misfit
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise Misfit
    return tuple(
        _fit_part(f"[{index}]", each, kind, limits) for index, (each, kind) in enumerate(zip(value, kinds, strict=True))
    )


def _fit_dict(value: Any, kinds: tuple[Any, Any], limits: Range) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise Misfit
    return {fit(key, kinds[0]): _fit_part(f"[{key!r}]", each, kinds[1], limits) for key, each in value.items()}


def _fit_part(part: str, value: Any, kind: Any, limits: Range = ANY_NUMBER) -> Any:
    try:
        return fit(value, kind, limits)
    except Misfit as misfit:
        raise Misfit(misfit.note or told(value, kind, limits), part + misfit.path) from None


def _fit_int(value: Any, limits: Range) -> int:
    # True is an int in Python; `num_epochs = True` is a mistake.
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise Misfit
    limits.check(value)
    return int(value)


def _fit_float(value: Any, limits: Range) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise Misfit
    limits.check(value)
    try:
        return float(value)
    # An int above 1.8e308.
    except OverflowError:
        raise Misfit from None


def _fit_exactly(cls: type) -> Callable[[Any, Range], Any]:
    def check(value: Any, limits: Range) -> Any:
        if not isinstance(value, cls):
            raise Misfit
        return value

    return check


def _fit_path(value: Any, limits: Range) -> Path:
    # Path("") is the current directory, which nobody means by an empty text.
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise Misfit
    return Path(value).expanduser()


def _fit_object(value: Any, kind: Any) -> Any:
    """Fit an instance of a class or protocol; the fields of a dataclass are fitted too."""
    cls = get_origin(kind) or kind
    if isinstance(value, type):
        raise Misfit(f"takes {describe(kind)}, not the class {value.__name__} itself; write {value.__name__}(...)")
    if not isinstance(cls, type) or not isinstance(value, cls):
        raise Misfit
    return _fit_fields(value) if dataclasses.is_dataclass(value) else value


def _fit_fields(value: Any) -> Any:
    fitted = {
        name: _fit_part(f".{name}", getattr(value, name), kind) for name, kind in field_kinds(type(value)).items()
    }
    changed = {name: each for name, each in fitted.items() if each is not getattr(value, name)}
    return dataclasses.replace(value, **changed) if changed else value


def _describe_tuple(kinds: tuple[Any, ...], limits: Range) -> str:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return f"a list, each {describe(kinds[0], limits)}"
    return f"({', '.join(describe(each, limits) for each in kinds)})"


def _options(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    if isinstance(kind, Text):
        return kind.words
    return (True, False) if kind is bool else (None,) if kind in (None, type(None)) else ()


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


_NAMES = {
    int: "an int",
    float: "a float",
    bool: "True or False",
    str: "text",
    Path: "a path",
    type(None): "None",
    None: "None",
    Any: "anything",
}
_PLAIN = {
    int: _fit_int,
    float: _fit_float,
    bool: _fit_exactly(bool),
    str: _fit_exactly(str),
    Path: _fit_path,
    type(None): _fit_exactly(type(None)),
    None: _fit_exactly(type(None)),
}
_CONTAINERS = {tuple: _fit_tuple, dict: _fit_dict, Literal: _fit_literal}
