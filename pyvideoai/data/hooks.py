"""What is said when a function of the user's own, which the data package calls, returns something wrong.

Any function will do. A hook of a config (it has `refused` and `guard.refused`) words its errors with its file and line.
"""

from collections.abc import Callable
from typing import Any

from pyvideoai.errors import UserError


def fault(function: Callable[..., Any], told: str) -> UserError:
    """Return the error for what is wrong with a result: `splits() returned no train split`."""
    guard = getattr(function, "guard", None)
    return UserError(f"{_name(function)}() {told}") if guard is None else guard.refused(told)


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
