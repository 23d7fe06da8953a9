"""One loaded layer as the rest of the program sees it: its settings and hooks as attributes, defaults filled in."""

from operator import methodcaller
from typing import TYPE_CHECKING, Any

from pyvideoai.config.entries import unknown

if TYPE_CHECKING:
    from pyvideoai.config.load import Config
    from pyvideoai.config.namespace import Namespace


class Layer:
    """`layer.global_batch` is the value; `layer.scheduler` the hook, or None when the config has none."""

    def __init__(self, config: "Config", namespace: "Namespace") -> None:
        vars(self).update(_config=config, _namespace=namespace)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        contract = self._namespace.contract
        if name not in contract.names:
            raise AttributeError(unknown(name, contract, f"{contract.layer} setting"))
        return self._namespace.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name}: a loaded config does not change; write it in the config, or --set it")

    def __dir__(self) -> list[str]:
        return self._namespace.contract.names

    def __repr__(self) -> str:
        layer = self._namespace.contract.layer
        return f"<{layer} config {getattr(self._config.names, layer)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return methodcaller("layer", self._namespace.contract.layer), (self._config,)
