"""Evaluate expressions whose value the text alone shows: literals, and value objects made of them.

`Views(clips=5)` can be evaluated if `Views` is a frozen dataclass imported from a module that is already loaded. The
contracts' tables load all of ours, so a wrong value is found before a config's own imports (torch) run.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from inspect import signature
from typing import Any

from pyvideoai.config.errors import ConfigError
from pyvideoai.config.explain import explained, wrong_keyword
from pyvideoai.config.text.source import Source


class Unknown(Exception):
    """The value is known only after the file has run."""


class TextValues:
    """Evaluate the expressions of one file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._classes = dict(_classes(source))

    def known(self, node: ast.AST) -> tuple[bool, Any]:
        """Return whether the text shows the value, and the value. Raises ConfigError if making it fails."""
        try:
            return True, self._value(node)
        except Unknown:
            return False, None

    def class_of(self, node: ast.AST) -> type | None:
        """Return the class of the value object that `node` makes; None if it makes none."""
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        return self._classes.get(node.func.id) if is_call else None

    def check_calls(self) -> None:
        """Refuse arguments that a value object does not have, wherever the file makes one."""
        for call in (node for node in ast.walk(self._source.tree) if self.class_of(node)):
            allowed = signature(self.class_of(call)).parameters
            for keyword in (each for each in call.keywords if each.arg is not None and each.arg not in allowed):
                fault = wrong_keyword(call.func.id, keyword.arg, allowed)
                raise ConfigError(f"{self._source.place(keyword)}: {fault}")

    def _value(self, node: ast.AST) -> Any:
        # Part by part, since literal_eval refuses a list with a call in it.
        if isinstance(node, ast.Tuple | ast.List):
            parts = [self._value(each) for each in node.elts]
            return tuple(parts) if isinstance(node, ast.Tuple) else parts
        if self.class_of(node):
            return self._made(node, self.class_of(node))
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            raise Unknown from None

    def _made(self, call: ast.Call, cls: type) -> Any:
        positional = [self._value(each) for each in call.args]
        # `**options` has no name.
        if any(each.arg is None for each in call.keywords):
            raise Unknown
        named = {each.arg: self._value(each.value) for each in call.keywords}
        try:
            return cls(*positional, **named)
        except Exception as error:
            fault = explained(error, self._classes)
            raise ConfigError(f"{self._source.place(call)}: {fault}") from error


def _classes(source: Source) -> Iterator[tuple[str, type]]:
    """Yield the frozen dataclasses that the file imports from loaded modules, by their names in the file."""
    bound = [binding.name for binding in source.bindings]
    for node in (binding.node for binding in source.bindings if isinstance(binding.node, ast.ImportFrom)):
        loaded = vars(sys.modules[node.module]) if node.module in sys.modules else {}
        for alias in node.names:
            found, name = loaded.get(alias.name), alias.asname or alias.name
            # A name that is set again may stand for something else.
            if _is_value_object(found) and bound.count(name) == 1:
                yield name, found


def _is_value_object(found: Any) -> bool:
    return isinstance(found, type) and is_dataclass(found) and found.__dataclass_params__.frozen
