"""Make the error for a user's function, called by the data package, that returned something wrong.

Any function will do. A config's hook (it has `refused` and `guard.refused`) names its file and line in the error.
"""

from collections.abc import Callable
from typing import Any

from pyvideoai.errors import UserError


def fault(function: Callable[..., Any], reason: str) -> UserError:
    """Return the error for what is wrong with a result: `splits() returned no train split`."""
    guard = getattr(function, "guard", None)
    return UserError(f"{_name(function)}() {reason}") if guard is None else guard.refused(reason)


def refused(function: Callable[..., Any], returned: object, wanted: str) -> UserError:
    """Return the error for a wrong result; `wanted`: what the function must return."""
    hook = getattr(function, "refused", None)
    if hook is not None:
        return hook(returned, wanted)
    is_short = returned is None or isinstance(returned, int | float)
    told = repr(returned) if is_short else f"a {type(returned).__name__}"
    return UserError(f"{_name(function)}() returned {told}; it must return {wanted}")


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
