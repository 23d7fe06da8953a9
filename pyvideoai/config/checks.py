"""What the text of a layer's files shows before any of it runs: unknown names, wrong literals and signatures, missing names."""

import ast
import builtins
from collections.abc import Collection, Sequence
from pathlib import Path

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.entries import (
    check_hook,
    check_parameters,
    fitted,
    is_helper,
    is_required,
    literal,
    signature,
    takes,
    unknown,
)
from pyvideoai.config.errors import ConfigError, Place
from pyvideoai.config.lookup import Library, Names
from pyvideoai.config.source import FUNCTIONS, Binding, Inherit, Source, parse
from pyvideoai.errors import hint

MODULE_NAMES = {
    *dir(builtins),
    "__file__",
    "__name__",
    "__doc__",
    "__builtins__",
    "__annotations__",
    "__spec__",
    "__package__",
}


def check_layer(
    library: Library, names: Names, contracts: Sequence[Contract], layer: str, given: Collection[str]
) -> list[Source]:
    """Check the chosen file of a layer and every base that the text names; `given` are the settings of `--set`.

    Returns the files, parsed: the chosen one first. Raises ConfigError.
    """
    contract = next(each for each in contracts if each.layer == layer)
    sources: list[Source] = []
    complete = _collect(library, names, layer, library.chosen(layer, names), [], sources)
    for source in sources:
        check_source(source, contract, contracts)
    if complete:
        _check_defined(sources, contract)
        _check_missing(sources, contract, given)
    return sources


def check_source(source: Source, contract: Contract, contracts: Sequence[Contract]) -> None:
    """Check all that one file's text shows by itself."""
    others = [each for each in contracts if each is not contract]
    for binding in source.bindings:
        _check_binding(binding, contract, others)
    for call in source.inherits:
        for pin in call.pins:
            _check_binding(pin, contract, others)
    _check_class_bodies(source, contract)
    _check_other_layers(source, contract, {each.layer: each for each in others})


def resolve_base(library: Library, names: Names, layer: str, base: str, running: Sequence[Path], place: Place) -> Path:
    """The file that `inherit(base)` means; a file that is already being executed is passed over."""
    path = library.find(layer, base, names, skip=running)
    if path is not None:
        return path
    if library.find(layer, base, names) is not None:
        circle = " -> ".join(library.label(each) for each in running)
        raise ConfigError(f"{place}: inherit({base!r}) goes round in a circle: {circle} -> {base}")
    raise ConfigError(f"{place}: inherit({base!r}): {library.missing(layer, base, names)}")


def _collect(library: Library, names: Names, layer: str, path: Path, above: list[Path], sources: list[Source]) -> bool:
    """Parse a file and its bases, depth first; returns whether every base could be told from the text."""
    source = parse(path, library.label(path), library.text(path))
    sources.append(source)
    running, complete = [*above, path], True
    for call in source.inherits:
        if call.base is None:
            complete = False
            continue
        base = resolve_base(library, names, layer, call.base, running, call.place)
        complete &= _collect(library, names, layer, base, running, sources) and call.complete
    return complete


def _check_binding(binding: Binding, contract: Contract, others: Sequence[Contract]) -> None:
    if binding.name in contract.names:
        entry = contract[binding.name]
        if not binding.imported:
            _check_hook_text(entry, binding) if isinstance(entry, Hook) else _check_setting_text(entry, binding)
    elif not binding.imported and not is_helper(binding.name):
        noun = "hook" if isinstance(binding.node, FUNCTIONS) else "setting"
        raise ConfigError(f"{binding.place}: {unknown(binding.name, contract, noun, others)}")


def _check_hook_text(hook: Hook, binding: Binding) -> None:
    node = binding.node
    is_literal, value = literal(node)
    if is_literal:
        check_hook(hook, value, binding.place, lambda function: False)
    if isinstance(node, ast.ClassDef):
        raise ConfigError(f"{binding.place}: {hook.name} is a hook: write def {signature(hook)}, not a class")
    if isinstance(node, (*FUNCTIONS, ast.Lambda)) and not getattr(node, "decorator_list", []):
        check_parameters(hook, _parameters(node.args), binding.place)


def _check_setting_text(setting: Setting, binding: Binding) -> None:
    is_literal, value = literal(binding.node)
    if is_literal:
        fitted(setting, value, binding.place)
    if isinstance(binding.node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
        noun = "class" if isinstance(binding.node, ast.ClassDef) else "function"
        raise ConfigError(f"{binding.place}: {setting.name} takes {takes(setting)}, not a {noun}")


def _parameters(arguments: ast.arguments) -> list[str]:
    star = [arguments.vararg] if arguments.vararg else []
    double_star = [arguments.kwarg] if arguments.kwarg else []
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *star, *arguments.kwonlyargs, *double_star)]


def _check_class_bodies(source: Source, contract: Contract) -> None:
    """A class body looks names up past the namespace's record (CPython's LOAD_NAME asks the plain dict)."""
    for read in source.reads:
        if read.scope == "class" and read.name in contract.names:
            raise ConfigError(
                f"{read.place}: a class body that reads {read.name} escapes the record of settings; read it in a method"
            )


def _check_other_layers(source: Source, contract: Contract, others: dict[str, Contract]) -> None:
    """`dataset_cfg` and `model_cfg` are for experiments, and have the names that their contracts have."""
    seen = {}
    for binding in source.bindings:
        if isinstance(binding.node, ast.ImportFrom) and binding.node.module == "pyvideoai.config":
            imported = {alias.asname or alias.name: alias.name for alias in binding.node.names}[binding.name]
            if imported in ("dataset_cfg", "model_cfg"):
                if contract.layer != "experiment":
                    raise ConfigError(
                        f"{binding.place}: {imported} is for experiment configs; a {contract.layer} config sees no other layer"
                    )
                seen[binding.name] = imported.removesuffix("_cfg")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in seen:
            other = others[seen[node.value.id]]
            if node.attr not in other.names:
                raise ConfigError(f"{source.place(node)}: {unknown(node.attr, other, f'{other.layer} setting')}")


def _check_defined(sources: Sequence[Source], contract: Contract) -> None:
    """A name that nothing binds would fail only when its function is called."""
    settings = [entry.name for entry in contract.entries if isinstance(entry, Setting)]
    pins = [pin.name for source in sources for call in source.inherits for pin in call.pins]
    bound = {binding.name for source in sources for binding in source.bindings}
    known = bound.union(settings, pins, MODULE_NAMES)
    for read in (read for source in sources for read in source.reads):
        if read.name not in known:
            raise ConfigError(f"{read.place}: {read.name!r} is not defined; {hint(read.name, known - MODULE_NAMES)}")


def _check_missing(sources: Sequence[Source], contract: Contract, given: Collection[str]) -> None:
    bound = {binding.name for source in sources for binding in source.bindings}
    pins = {pin.name for source in sources for call in source.inherits for pin in call.pins}
    refuse_missing(contract, sources[0].label, bound | pins | set(given))


def refuse_missing(contract: Contract, label: str, present: Collection[str]) -> None:
    """Raise ConfigError that lists what the contract requires and `present` has not."""
    missing = [entry for entry in contract.entries if is_required(entry) and entry.name not in present]
    if missing:
        told = [
            f"{each.name} ({takes(each)})" if isinstance(each, Setting) else f"def {signature(each)}"
            for each in missing
        ]
        raise ConfigError(f"{label}: missing: {', '.join(told)}")


__all__ = ["Inherit", "check_layer", "check_source", "refuse_missing", "resolve_base"]
