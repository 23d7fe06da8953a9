"""List every setting with its value and origin: for the program, and as the text of --print-config."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pyvideoai.config.run.namespace import Namespace
from pyvideoai.config.values.overrides import Override
from pyvideoai.plain import has_text, text_of
from pyvideoai.redacted import redacted

VALUE_WIDTH = 64


class Row(NamedTuple):
    """Hold one setting or hook of a layer; a hook's value is the function."""

    layer: str
    name: str
    value: Any
    origin: str


def rows(namespace: Namespace, overrides: Iterable[Override]) -> list[Row]:
    """Return the settings of one layer, and the hooks that it defines, in the contract's order."""
    refined = {each.setting.name for each in overrides if each.path}
    contract = namespace.contract
    return [
        Row(contract.layer, name, namespace[name], f"{namespace.origins[name]}{', --set' if name in refined else ''}")
        for name in contract.names
        if name in namespace
    ]


def table(resolved: Sequence[Row], files: Mapping[str, str]) -> str:
    """Return the rows in three columns, grouped by layer; an origin in the layer's own file is only its line."""
    name_width = max(len(row.name) for row in resolved)
    lines = []
    for layer, group in groupby(resolved, key=lambda row: row.layer):
        lines += ["", f"{layer}: {files[layer]}"]
        for row in group:
            lines += _lines(row, name_width, row.origin.replace(f"{files[layer]}:", "line "))
    return "\n".join(lines[1:])


def value_text(value: Any) -> str:
    """Return a value as the table shows it, in one line."""
    return redacted(" ".join(_parts(value)))


def _lines(row: Row, name_width: int, origin: str) -> list[str]:
    # A word stays whole, however long, since `engine.without_configs` reads values back from these lines.
    whole = {"break_long_words": False, "break_on_hyphens": False}
    wrapped = [textwrap.wrap(redacted(part), VALUE_WIDTH, **whole) for part in _parts(row.value)]
    first, *rest = [line for part in wrapped for line in part]
    indent = " " * (name_width + 4)
    return [f"  {row.name:<{name_width}}  {first:<{VALUE_WIDTH}}  {origin}", *(indent + line for line in rest)]


def _parts(value: Any) -> list[str]:
    """Return a value as a config would write it: a function by its name, a list of objects with a line for each."""
    if isinstance(value, dict) and value:
        return [f"{key!r}: {each!r}" for key, each in value.items()]
    if isinstance(value, tuple) and any(is_dataclass(each) or not has_text(each) for each in value):
        return [text_of(each) for each in value]
    if isinstance(value, Path):
        return [repr(str(value))]
    if callable(value) and not is_dataclass(value):
        return [f"{getattr(value, '__name__', type(value).__name__)}(...)"]
    return [text_of(value)]
