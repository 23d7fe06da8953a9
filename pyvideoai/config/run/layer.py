"""One loaded layer as the rest of the program sees it: its settings and hooks as attributes, defaults filled in."""

from collections.abc import Callable, Mapping
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Protocol

from pyvideoai.config.contract import Hook
from pyvideoai.config.run.guard import Guard, GuardedHook
from pyvideoai.config.values.entries import signature, unknown

if TYPE_CHECKING:
    from pyvideoai.config.run.namespace import Namespace


class Owner(Protocol):
    """The config that a layer is of: what `load.Config` offers here."""

    @property
    def names(self) -> Any: ...
    def layer(self, layer: str) -> "Layer": ...


class Layer:
    """`layer.global_batch` is the value; `layer.scheduler` the hook, or None when the config has none.

    `labels`: the layer's files by path, as messages call them.
    """

    def __init__(self, config: Owner, namespace: "Namespace", labels: Mapping[str, str]) -> None:
        vars(self).update(_config=config, _namespace=namespace, _labels=labels, _hooks={})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        contract = self._namespace.contract
        if name not in contract.names:
            raise AttributeError(unknown(name, contract, f"{contract.layer} setting"))
        value, entry = self._namespace.get(name), contract[name]
        return self._guarded(entry, value) if isinstance(entry, Hook) and value is not None else value

    def guard(self, name: str) -> Guard:
        """The guard of a setting's value, for what the program calls of it."""
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
