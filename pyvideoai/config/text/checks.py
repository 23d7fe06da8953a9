"""Check the text of one config file before it runs: unknown names, wrong literals, wrong parameters."""

import ast
import sys
from collections.abc import Iterator, Sequence

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.errors import ConfigError
from pyvideoai.config.explain import wrong_import
from pyvideoai.config.text.literals import TextValues
from pyvideoai.config.text.repeated import check_repeated
from pyvideoai.config.text.source import FUNCTIONS, Binding, Source, module_level
from pyvideoai.config.text.statements import check_statements
from pyvideoai.config.values.entries import (
    check_hook,
    check_parameters,
    fitted,
    is_helper,
    signature,
    takes,
    unknown,
)

OTHER_LAYERS = {"dataset_cfg": "dataset", "model_cfg": "model"}


def check_source(source: Source, contract: Contract, others: Sequence[Contract]) -> None:
    """Check one file against its layer's contract. Raises ConfigError.

    others: the contracts of the other layers, for messages about names that belong there.
    """
    values = TextValues(source)
    _check_imports(source)
    check_statements(source, contract)
    values.check_calls()
    for binding in source.own:
        _check_binding(binding, contract, others, values)
    check_repeated(source, contract)
    _check_deletions(source, contract)
    _check_class_bodies(source, contract)
    _check_other_layers(source, contract, others)


def _check_imports(source: Source) -> None:
    """Refuse names that a loaded module does not have. A package is passed: the name may be a module not yet loaded."""
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module in sys.modules:
            # Not hasattr, which would call a module's `__getattr__` and load what it loads.
            has = vars(sys.modules[node.module])
            for alias in node.names:
                if alias.name not in has and "__path__" not in has and "__getattr__" not in has:
                    raise ConfigError(f"{source.place(alias)}: {wrong_import(node.module, alias.name)}")


def _check_binding(binding: Binding, contract: Contract, others: Sequence[Contract], values: TextValues) -> None:
    """Check one name. An import is checked after it has run, since only then its value is known."""
    if binding.imported:
        return
    entry = contract.get(binding.name)
    if isinstance(entry, Hook):
        _check_hook(entry, binding, values)
    elif isinstance(entry, Setting):
        _check_setting(entry, binding, values)
    elif not is_helper(binding.name) or _is_miscapitalised(binding, contract):
        noun = "hook" if isinstance(binding.node, FUNCTIONS) else "setting"
        raise ConfigError(f"{binding.place}: {unknown(binding.name, contract, noun, others)}")


def _is_miscapitalised(binding: Binding, contract: Contract) -> bool:
    """Return whether `Momentum = 0.9` was meant as a setting; `class Loss` and `CLASSES = [...]` are helpers."""
    is_constant = binding.name.isupper() or isinstance(binding.node, ast.ClassDef)
    return binding.name.lower() in contract.names and not is_constant


def _check_hook(hook: Hook, binding: Binding, values: TextValues) -> None:
    is_known, value = values.known(binding.node)
    if is_known:
        check_hook(hook, value, binding.place, is_own=False)
    if isinstance(binding.node, ast.ClassDef):
        raise ConfigError(f"{binding.place}: {hook.name} is a hook: write def {signature(hook)}, not a class")
    # A decorator may change the parameters.
    if isinstance(binding.node, (*FUNCTIONS, ast.Lambda)) and not getattr(binding.node, "decorator_list", []):
        check_parameters(hook, list(_parameters(binding.node.args)), binding.place)


def _check_setting(setting: Setting, binding: Binding, values: TextValues) -> None:
    is_known, value = values.known(binding.node)
    if is_known:
        fitted(setting, value, binding.place)
    if isinstance(binding.node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
        noun = "class" if isinstance(binding.node, ast.ClassDef) else "function"
        raise ConfigError(f"{binding.place}: {setting.name} takes {takes(setting)}, not a {noun}")


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    """Yield the parameters in the order of the definition, with their stars."""
    yield from (each.arg for each in (*arguments.posonlyargs, *arguments.args))
    if arguments.vararg:
        yield f"*{arguments.vararg.arg}"
    yield from (each.arg for each in arguments.kwonlyargs)
    if arguments.kwarg:
        yield f"**{arguments.kwarg.arg}"


def _check_deletions(source: Source, contract: Contract) -> None:
    for node in (node for node in module_level(source.tree) if isinstance(node, ast.Delete)):
        for target in (each for part in node.targets for each in ast.walk(part)):
            # ctx: `del x[0]` only reads x.
            if isinstance(target, ast.Name) and contract.get(target.id) and isinstance(target.ctx, ast.Del):
                raise ConfigError(f"{source.place(target)}: {target.id} cannot be deleted; leave it out instead")


def _check_class_bodies(source: Source, contract: Contract) -> None:
    """Refuse class bodies that read settings: CPython's LOAD_NAME asks the plain dict there, past the record."""
    for read in source.reads:
        if read.scope == "class" and contract.get(read.name):
            fault = f"a class body that reads {read.name} escapes the record of settings; read it in a method"
            raise ConfigError(f"{read.place}: {fault}")


SEES = {"experiment": ("dataset", "model"), "model": ("dataset",)}  # layers that run before


def _check_other_layers(source: Source, contract: Contract, others: Sequence[Contract]) -> None:
    """Check that a config uses only those of `dataset_cfg` and `model_cfg` that it sees, and names that they have."""
    seen = dict(_seen_layers(source))
    for name, layer in seen.items():
        if layer not in SEES.get(contract.layer, ()):
            place = next(binding.place for binding in source.bindings if binding.name == name)
            sees = " and ".join(f"{each}_cfg" for each in SEES.get(contract.layer, ())) or "no other layer"
            fault = f"{layer}_cfg is for other configs; a {contract.layer} config sees {sees}"
            raise ConfigError(f"{place}: {fault}")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in seen:
            other = next((each for each in others if each.layer == seen[node.value.id]), None)
            if other is not None and not other.get(node.attr):
                raise ConfigError(f"{source.place(node)}: {unknown(node.attr, other, f'{other.layer} setting')}")


def _seen_layers(source: Source) -> Iterator[tuple[str, str]]:
    """Yield (name in this file, layer) of each other layer that it imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "pyvideoai.config":
            for alias in node.names:
                if alias.name in OTHER_LAYERS:
                    yield alias.asname or alias.name, OTHER_LAYERS[alias.name]
