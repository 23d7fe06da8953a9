"""Refuse statements of a config that look as if they set something but don't: `num_epochs: 3`, `num_epochs == 3`."""

import ast
from collections.abc import Iterator

from pyvideoai.config.contract import Contract
from pyvideoai.config.errors import ConfigError
from pyvideoai.config.text.source import Source, bindings, module_level
from pyvideoai.config.values.entries import is_helper, literal

DOES_SOMETHING = (ast.Call, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
SIGNS = {ast.UAdd: "+", ast.USub: "-"}


def check_statements(source: Source, contract: Contract) -> None:
    """Raise ConfigError for the first statement at module level that sets nothing, or not what it seems to set."""
    for node in module_level(source.tree):
        fault = _what_it_does(node, source)
        if fault is not None:
            raise ConfigError(f"{source.place(node)}: {fault}")
        for branch, statements in _never_run(node, source):
            _refuse_settings(statements, f"is set under '{branch}', which never runs", source, contract)


def _what_it_does(node: ast.AST, source: Source) -> str | None:
    """Return the message about a statement; None if it sets something or has an effect."""
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return _annotation(node, source)
    if isinstance(node, ast.Expr):
        return _expression(node.value, source)
    return _assignment(node, source) if isinstance(node, ast.Assign) else None


def _annotation(node: ast.AnnAssign, source: Source) -> str | None:
    if isinstance(node.target, ast.Name) and is_helper(node.target.id):
        return None
    target, annotation = _text(node.target, source), _text(node.annotation, source)
    value = annotation if isinstance(node.annotation, ast.Constant) else "..."
    return f"'{target}: {annotation}' annotates {target} and sets nothing; write {target} = {value}"


def _expression(value: ast.expr, source: Source) -> str | None:
    if any(isinstance(each, DOES_SOMETHING) for each in ast.walk(value)):
        return None
    if isinstance(value, ast.Constant) and (isinstance(value.value, str) or value.value is Ellipsis):
        return None
    if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq) and isinstance(value.left, ast.Name):
        meant = f"{value.left.id} = {_text(value.comparators[0], source)}"
        return f"'{_text(value, source)}' compares and sets nothing; write {meant}"
    name = value.id if isinstance(value, ast.Name) else "name"
    return f"'{_text(value, source)}' sets nothing; write {name} = ..."


def _assignment(node: ast.Assign, source: Source) -> str | None:
    """Return the message about `x =+ 1`, which means `x = +1`, and about `x, = 1`, which unpacks."""
    target, value = node.targets[-1], node.value
    if isinstance(value, ast.UnaryOp) and type(value.op) in SIGNS:
        sign, before = SIGNS[type(value.op)], _line(source, value)[: value.col_offset]
        operand = _text(value.operand, source)
        # `x =-1` with the minus at the number is how some write -1; `x =- 1` is not.
        is_apart = value.operand.col_offset > value.col_offset + 1
        if before.endswith(b"=") and (is_apart or sign == "+"):
            name = _text(target, source)
            plain = f"{name} = {sign.strip('+')}{operand}"
            return f"'={sign}' sets {name} and does not add to it; write {plain}, or {name} {sign}= {operand}"
    if isinstance(target, ast.Tuple | ast.List) and len(target.elts) == 1 and isinstance(value, ast.Constant):
        name = _text(target.elts[0], source)
        return f"'{_text(node, source)}' unpacks {_text(value, source)}; write {name} = {_text(value, source)}"
    return None


def _never_run(node: ast.AST, source: Source) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Yield the branches of `if` and `while` that can never run, each with its condition as the text has it."""
    if isinstance(node, ast.If | ast.While):
        truth, branch = _truth(node.test), f"{type(node).__name__.lower()} {_text(node.test, source)}"
        if truth is False:
            yield branch, node.body
        elif truth is True and isinstance(node, ast.If):
            yield f"{branch} ... else", node.orelse


def _truth(test: ast.expr) -> bool | None:
    """Return what a condition always is; None if its text doesn't show that."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _truth(test.operand)
        return None if inner is None else not inner
    # Both are False whenever a config runs: the program imports it, so it is never the main module.
    if ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'"):
        return False
    is_known, value = literal(test)
    return bool(value) if is_known else None


def _refuse_settings(statements: list[ast.stmt], fault: str, source: Source, contract: Contract) -> None:
    branch = ast.Module(statements, [])
    for binding in (each for node in module_level(branch) for each in bindings(node, source)):
        if binding.name in contract.names:
            raise ConfigError(f"{binding.place}: {binding.name} {fault}")


def _line(source: Source, node: ast.AST) -> bytes:
    """Return the bytes of the line on which a node begins; `col_offset` counts bytes, not characters."""
    return source.text.splitlines()[node.lineno - 1].encode()


def _text(node: ast.AST, source: Source) -> str:
    """Return a piece of the file's text in one line of at most 60 characters."""
    text = " ".join((ast.get_source_segment(source.text, node) or ast.unparse(node)).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
