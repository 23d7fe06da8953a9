"""Make text safe in CSV files: a spreadsheet would run a cell such as `=1+1` as a formula."""

from typing import Any

from pyvideoai.annotations.names import in_one_line

FORMULA = ("=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH COMMERCIAL AT}")


def cell(value: Any) -> Any:
    """Return `value` as a cell: control characters escaped, and a `'` before text that a spreadsheet would run.

    Numbers (also as text, "-1.5") and all other text stay as they are, so that names can be compared with a table's.
    """
    if not isinstance(value, str) or _is_number(value):
        return value
    text = in_one_line(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def uncell(text: Any) -> Any:
    """Return the text that `cell` made safe, without its `'`."""
    return text[1:] if isinstance(text, str) and text.startswith("'") and text[1:].startswith(FORMULA) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
