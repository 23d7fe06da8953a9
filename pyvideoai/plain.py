"""Values in plain form: numbers as Python's own, and the text of an object."""

from typing import Any


def plain(value: Any) -> Any:
    """Return a number of NumPy or torch (a scalar, or an array without dimensions) as Python's own.

    Anything else is returned unchanged.
    """
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value


def has_text(value: Any) -> bool:
    """Return whether the class of an object says how it is written: a dataclass and whatever else has a `__repr__`."""
    return type(value).__repr__ is not object.__repr__


def text_of(value: Any) -> str:
    """Return `repr(value)`; for an object whose class has none, the class and the attributes, such as "FScore(beta=2)".

    Python's own text of such an object is its address, which differs from run to run.
    """
    if has_text(value):
        return repr(value)
    attributes = ", ".join(f"{name}={text_of(each)}" for name, each in getattr(value, "__dict__", {}).items())
    return f"{type(value).__name__}({attributes})"
