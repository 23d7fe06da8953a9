"""Numbers as Python's own, whoever computed them."""

from typing import Any


def plain(value: Any) -> Any:
    """Return a number of NumPy or torch (a scalar, or an array without dimensions) as Python's own.

    Anything else is returned unchanged.
    """
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value
