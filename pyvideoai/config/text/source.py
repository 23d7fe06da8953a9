"""Read a config file as text: which names it sets, what it inherits, and what would escape the record of settings."""

import ast
import dis
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Literal

from pyvideoai.config.errors import ConfigError, Place
from pyvideoai.config.values.entries import literal

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
COMPREHENSIONS = SCOPES[4:]


@dataclass(frozen=True)
class Binding:
    """Describe a name that the file's text sets at module level, by whatever kind of statement."""

    name: str
    place: Place
    node: ast.AST  # the definition, the import, or the value where there is one of its own; else the target
    imported: bool = False


@dataclass(frozen=True)
class Inherit:
    """Describe a call of `inherit` with its base and pins, as far as the text shows them."""

    base: str | None
    place: Place
    pins: tuple[Binding, ...]
    complete: bool  # no **pins


@dataclass(frozen=True)
class Read:
    """Describe a name that the file's text looks up outside of the function or class body in which it stands."""

    name: str
    place: Place
    scope: Literal["module", "class", "function"]


@dataclass
class Source:
    """Hold one parsed config file."""

    path: Path
    label: str
    text: str
    tree: ast.Module
    code: CodeType
    reads: list[Read]
    bindings: list[Binding] = field(default_factory=list)
    inherits: list[Inherit] = field(default_factory=list)

    @property
    def own(self) -> list[Binding]:
        """Return every name that the text sets or pins."""
        return [*self.bindings, *(pin for call in self.inherits for pin in call.pins)]

    def place(self, node: ast.AST) -> Place:
        """Return the place of `node`."""
        return Place(self.label, node.lineno)


def parse(path: Path, label: str, text: str) -> Source:
    """Parse a config file. Raises ConfigError for bad syntax, and for what would escape the record of settings."""
    try:
        tree = ast.parse(text, str(path))
        # dont_inherit: this module's own `from __future__` lines, if it gets any, are not the config's.
        code = compile(tree, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ConfigError(f"{Place(label, error.lineno)}: {error.msg}") from None
    # Some releases of Python raise this for a NUL byte, others SyntaxError.
    except ValueError as error:
        raise ConfigError(f"{label}: {error}") from None
    source = Source(path, label, text, tree, code, list(_reads(code, label)))
    for node in module_level(tree):
        source.bindings.extend(bindings(node, source))
    source.inherits.extend(_inherits(source))
    _refuse_escapes(source)
    return source


def module_level(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes that are evaluated in the module's own scope, in the order of the text."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, SCOPES):
            yield from module_level(node)


def bindings(node: ast.AST, source: Source) -> Iterator[Binding]:
    """Yield the names that one node sets."""
    place = Place(source.label, getattr(node, "lineno", None))
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, node.value, source)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield from _targets(node.target, node.value, source)
    elif isinstance(node, ast.AugAssign):
        yield from _targets(node.target, node, source)
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield from _targets(node.target, node.target, source)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _targets(node.optional_vars, node.optional_vars, source)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield Binding(alias.asname or alias.name.partition(".")[0], place, node, imported=True)
    elif isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield Binding(node.name, place, node)
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield Binding(node.rest, place, node)


def _targets(target: ast.AST, value: ast.AST, source: Source) -> Iterator[Binding]:
    """Yield the names in an assignment's target, each with its own part of a tuple on the right if there is one."""
    if isinstance(target, ast.Name):
        yield Binding(target.id, source.place(target), value)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, target, source)
    elif isinstance(target, ast.Tuple | ast.List):
        matched = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        starred = any(isinstance(each, ast.Starred) for each in [*target.elts, *(value.elts if matched else [])])
        parts = value.elts if matched and not starred else target.elts
        for each, part in zip(target.elts, parts, strict=True):
            yield from _targets(each, part, source)


def _inherits(source: Source) -> Iterator[Inherit]:
    """Yield every call of `inherit`.

    What a call inside a function, or through a module, inherits is known only by running it.
    """
    aliases = [alias for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    names = {alias.asname or alias.name for alias in aliases if alias.name == "inherit"}
    in_order = set(module_level(source.tree))
    for call in (node for node in ast.walk(source.tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id in names and call in in_order:
            yield _inherit(call, source)
        elif getattr(call.func, "attr", getattr(call.func, "id", None)) in {"inherit", *names}:
            yield Inherit(None, source.place(call), (), complete=False)


def _inherit(call: ast.Call, source: Source) -> Inherit:
    base = literal(call.args[0])[1] if len(call.args) == 1 else None
    pins = tuple(Binding(each.arg, source.place(each.value), each.value) for each in call.keywords if each.arg)
    complete = all(each.arg for each in call.keywords)
    return Inherit(base if isinstance(base, str) else None, source.place(call), pins, complete)


def _refuse_escapes(source: Source) -> None:
    """Refuse what writes settings past the recording namespace, since it can be neither pinned nor checked."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Global):
            _refuse(
                source,
                node,
                f"'global {', '.join(node.names)}' escapes the record of settings; return the value instead",
            )
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            _refuse(
                source,
                node,
                "'import *' brings names from nowhere; write inherit(...) for a config, or name what is imported",
            )
    for comprehension in (node for node in module_level(source.tree) if isinstance(node, COMPREHENSIONS)):
        for node in ast.walk(comprehension):
            if isinstance(node, ast.NamedExpr):
                _refuse(
                    source,
                    node,
                    f"':=' in a comprehension escapes the record of settings; assign {node.target.id} before it",
                )


def _refuse(source: Source, node: ast.AST, reason: str) -> None:
    raise ConfigError(f"{source.place(node)}: {reason}")


def _reads(code: CodeType, label: str, scope: str = "module") -> Iterator[Read]:
    """Yield every global name that the compiled text reads.

    We read bytecode, since the compiler knows scopes exactly.
    """
    instructions = list(dis.get_instructions(code))
    # In a class body LOAD_NAME also finds the class's own names: a name that the body stores somewhere is taken for its
    # own.
    own = {each.argval for each in instructions if each.opname == "STORE_NAME"} if scope == "class" else ()
    for instruction in instructions:
        if instruction.opname in _READING[scope] and instruction.argval not in own:
            yield Read(instruction.argval, Place(label, instruction.positions.lineno), scope)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            # Functions keep their variables in slots, which this flag says; bodies of classes don't.
            yield from _reads(constant, label, "function" if constant.co_flags & inspect.CO_OPTIMIZED else "class")


_READING = {
    "module": ("LOAD_NAME",),
    # the third since Python 3.12
    "class": ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"),
    "function": ("LOAD_GLOBAL",),
}
