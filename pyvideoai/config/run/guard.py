"""Call a config's own code; report an error in it in one line, with the user's file and line.

A layer hands out its hooks as `GuardedHook`s. What a hook made and is called later, such as a network or a scheduler,
is called through the hook's guard: `model.load_model.guard.run(network, clips)`.
"""

import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, update_wrapper
from operator import attrgetter
from pathlib import Path
from traceback import walk_tb
from typing import Any

from pyvideoai.config.contract import Hook
from pyvideoai.config.errors import ConfigError, Place, meant
from pyvideoai.config.values.kinds import Misfit, Range, describe, fit, shortened
from pyvideoai.errors import UserError
from pyvideoai.plain import plain

LONGEST = 400  # characters of an exception's text
# With a slash at the end, so that /lib/python3.1 doesn't stand for /lib/python3.11 too.
INSTALLED = tuple({f"{path}/" for path in (Path(__file__).parents[2], *map(sysconfig.get_path, ("stdlib", "purelib")))})


@dataclass(frozen=True)
class Guard:
    """Name a config's code where it fails.

    place: where the config defines it. title: what it is, such as "loss(logits, target)". labels: what messages call
    the config's files, by path. may_be_ours: whether it is a value such as a metric, whose class may be one of ours; an
    error that passes no line of the user's is then our bug, and stays as it is.
    """

    place: Place
    title: str
    labels: Mapping[str, str]
    may_be_ours: bool = False

    def run(self, function: Callable[..., Any], *arguments: Any, doing: str = "", file: str = "") -> Any:
        """Call a function; turn what it raises into a ConfigError, unless it is not the code's fault.

        doing: what runs, if it isn't the hook itself. file: one more file that may be named, such as the network's.
        """
        try:
            return function(*arguments)
        except Exception as error:
            if _is_no_fault(error) or (self.may_be_ours and _deepest(error, self.labels, file) is None):
                raise
            raise self.raised(error, doing, file) from error

    def raised(self, error: Exception, doing: str = "", file: str = "") -> ConfigError:
        """Return the error for an exception.

        Its place is the deepest line of the user's own code on the way to the exception, or else the definition.
        """
        place = _deepest(error, self.labels, file) or self.place
        elsewhere = "" if place.source == self.place.source else f"; the config's line is {self.place}"
        return ConfigError(f"{place}: {doing or self.title} raised {_told(error)}{elsewhere}")

    def refused(self, fault: str) -> ConfigError:
        """Return the error for a wrong result of the code: `loss(logits, target) returned None; ...`."""
        return self.error(f"{self.title} {fault}")

    def error(self, fault: str) -> ConfigError:
        """Return the error for anything else that is wrong with the code."""
        return ConfigError(f"{self.place}: {fault}")


class GuardedHook:
    """Call a hook and check what it returns; an error inside it is one line. It is pickled as a name of its config."""

    __wrapped__: Callable[..., Any]  # by update_wrapper

    def __init__(self, function: Callable[..., Any], hook: Hook, layer: object, guard: Guard) -> None:
        # Not its __dict__: a hook may be an object, such as a torch loss, whose attributes are not ours.
        update_wrapper(self, function, updated=())
        self.hook, self.layer, self.guard = hook, layer, guard

    def __call__(self, *arguments: Any) -> Any:
        value = self.guard.run(self.__wrapped__, *arguments)
        return value if self.hook.returns is Any else self._fitted(value)

    def refused(self, value: Any, wanted: str) -> ConfigError:
        """Return the error for a wrong result; `wanted` says what it must be."""
        forgotten = "; is its return missing?" if value is None else ""
        return self.guard.refused(f"returned {in_words(value)}; it must return {wanted}{forgotten}")

    def __reduce__(self) -> tuple[Any, ...]:
        return attrgetter(self.hook.name), (self.layer,)

    def _fitted(self, value: Any) -> Any:
        kind, limits = self.hook.returns, Range(self.hook.low)
        if isinstance(kind, str):
            if isinstance(value, _class(kind)):
                return value
            written = f"; write {value.__name__}(...)" if isinstance(value, type) else ""
            raise self.refused(value, f"a {kind}{written}")
        try:
            return fit(plain(value), kind, limits)
        except Misfit:
            raise self.refused(value, describe(kind, limits)) from None


def _is_no_fault(error: Exception) -> bool:
    """Return whether the error is one line already, or says that memory ran out."""
    # torch's own error for a full GPU, by name: nothing here imports torch.
    return isinstance(error, UserError | MemoryError) or type(error).__name__ == "OutOfMemoryError"


def _told(error: Exception) -> str:
    """Return type and text in one line, with the nearest name if an attribute was misspelt."""
    text = " ".join(str(error).split())
    is_misspelt = isinstance(error, AttributeError) and error.name
    question = meant(error.name, (each for each in dir(error.obj) if each[0] != "_")) if is_misspelt else ""
    told = f"{type(error).__name__}{text and f': {_cut(text)}'}"
    return f"{told}; {question}" if question else told


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _deepest(error: Exception, labels: Mapping[str, str], file: str) -> Place | None:
    """Return the last line on the way to the error that is in a config, in `file`, or in code that isn't installed."""
    found = None
    for frame, line in walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name in labels:
            found = Place(labels[name], line)
        elif name == file or _is_users(name):
            found = Place(_relative(name), line)
    return found


@cache
def _is_users(file: str) -> bool:
    parts = Path(file).parts
    is_installed = file.startswith(INSTALLED) or "site-packages" in parts or "dist-packages" in parts
    # Code that exec or the interpreter made has a name such as "<string>", and no file.
    return not is_installed and Path(file).is_file()


def _relative(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _class(name: str) -> type:
    """Return the class of that full name. Before its module is loaded, no object can be an instance of it."""
    module, _, own = name.rpartition(".")
    return getattr(sys.modules.get(module), own, _Nothing)


class _Nothing: ...


def in_words(value: Any) -> str:
    """Put a value into a few words: None and numbers as they are, else the type, and the shape of a tensor."""
    if isinstance(value, type):
        return f"the class {value.__name__} itself"
    parts = value if isinstance(value, list | tuple) else [value]
    if value is None or all(isinstance(each, str | int | float) for each in parts):
        return shortened(value)
    shape = getattr(value, "shape", None)
    told = f"a {type(value).__name__}"
    return told if shape is None else f"{told} of shape {tuple(shape)}"
