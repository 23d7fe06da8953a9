"""Refuse a second definition of a hook or helper, and a setting that is set again after it was used.

The last would win without a word, for a setting only where it is used later.
"""

import ast
from collections.abc import Iterator

from pyvideoai.config.contract import Contract
from pyvideoai.config.errors import ConfigError, Place
from pyvideoai.config.text.source import FUNCTIONS, SCOPES, Binding, Source, bindings

DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
BLOCKS = ("body", "orelse", "finalbody")


def check_repeated(source: Source, contract: Contract) -> None:
    """Raise ConfigError for the first statement that silently replaces what another one of its block has set.

    Two branches of an `if` are two blocks: one of them runs.
    """
    for block in _blocks(source.tree):
        seen: dict[str, Binding] = {}
        for statement in block:
            for binding in bindings(statement, source):
                if binding.name in seen:
                    _refuse_second(seen[binding.name], binding, statement, source)
                if binding.name in contract.names or _is_plain_definition(statement):
                    seen[binding.name] = binding


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield each list of statements that the module itself runs, one after the other."""
    yield from (block for name in BLOCKS if isinstance(block := getattr(tree, name, None), list) and block)
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, SCOPES):
            yield from _blocks(node)


def _is_plain_definition(statement: ast.stmt) -> bool:
    """Return whether it defines a function or class that no decorator keeps elsewhere, as singledispatch does."""
    return isinstance(statement, DEFINITIONS) and not statement.decorator_list


def _refuse_second(first: Binding, second: Binding, statement: ast.stmt, source: Source) -> None:
    """Refuse the second statement unless it builds on the first, or what the first defines is kept in between."""
    is_definition = any(isinstance(each.node, (*DEFINITIONS, ast.Lambda)) for each in (first, second))
    used = _used(first, statement, source)
    # A definition that was used in between may be kept elsewhere; a setting may be set anew until it is used.
    if is_definition is bool(used) or _builds_on(first.name, statement):
        return
    verb, told = ("defined", "") if is_definition else ("set", f", and used at {used[0]}")
    raise ConfigError(f"{second.place}: {first.name} is {verb} again, after {first.place}{told}; keep one of them")


def _used(first: Binding, second: ast.stmt, source: Source) -> list[Place]:
    """Return where the module itself reads the name between two statements."""
    after, before = first.place.line or 0, second.lineno
    reads = [read.place for read in source.reads if read.name == first.name and read.scope == "module"]
    return [place for place in reads if after < (place.line or 0) < before]


def _builds_on(name: str, statement: ast.stmt) -> bool:
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == name]
    return isinstance(statement, ast.AugAssign) or any(isinstance(each.ctx, ast.Load) for each in names)
