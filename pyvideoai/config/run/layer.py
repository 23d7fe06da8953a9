"""Hand out one loaded layer: its settings and hooks as attributes, with defaults filled in."""

from collections.abc import Callable, Mapping
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Protocol

from pyvideoai.config.contract import Hook
from pyvideoai.config.run.guard import Guard, GuardedHook
from pyvideoai.config.values.entries import signature, unknown

if TYPE_CHECKING:
    from pyvideoai.config.run.namespace import Namespace


class Owner(Protocol):
    """Describe the config that a layer belongs to: the part of `load.Config` that is used here."""

    @property
    def names(self) -> Any: ...
    def layer(self, layer: str) -> "Layer": ...


class Layer:
    """Give the settings and hooks of a layer: `layer.global_batch` is a value, `layer.scheduler` a hook or None.

    labels: what messages call the layer's files, by path.
    """

    def __init__(self, config: Owner, namespace: "Namespace", labels: Mapping[str, str]) -> None:
        # Not by assignment: `__setattr__` refuses every change of a loaded config.
        vars(self).update(_config=config, _namespace=namespace, _labels=labels, _hooks={})

    def __getattr__(self, name: str) -> Any:
        # Pickle and copy ask before __init__ has run: without this, `self._namespace` would ask here again, for ever.
        if name.startswith("_"):
            raise AttributeError(name)
        contract = self._namespace.contract
        if name not in contract.names:
            raise AttributeError(unknown(name, contract, f"{contract.layer} setting"))
        value, entry = self._namespace.get(name), contract[name]
        return self._guarded(entry, value) if isinstance(entry, Hook) and value is not None else value

    def guard(self, name: str) -> Guard:
        """Return the guard of a setting's value, through which the program calls it."""
        return Guard(self._namespace.origins[name], name, self._labels, may_be_ours=True)

    def _guarded(self, hook: Hook, function: Callable[..., Any]) -> GuardedHook:
        if hook.name not in self._hooks:
            guard = Guard(self._namespace.origins[hook.name], signature(hook), self._labels)
            self._hooks[hook.name] = GuardedHook(function, hook, self, guard)
        return self._hooks[hook.name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name}: a loaded config does not change; write it in the config, or --set it")

    def __dir__(self) -> list[str]:
        return self._namespace.contract.names

    def __repr__(self) -> str:
        layer = self._namespace.contract.layer
        return f"<{layer} config {getattr(self._config.names, layer)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return methodcaller("layer", self._namespace.contract.layer), (self._config,)
