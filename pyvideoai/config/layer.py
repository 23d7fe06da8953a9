"""One loaded layer as the rest of the program sees it: its settings and hooks as attributes, checked, defaults filled in."""

from typing import TYPE_CHECKING, Any

from pyvideoai.config.entries import unknown

if TYPE_CHECKING:
    from pyvideoai.config.load import Config
    from pyvideoai.config.namespace import Namespace


class Layer:
    """`layer.global_batch` is the value; `layer.scheduler` the hook, or None when the config has none."""

    def __init__(self, config: "Config", attribute: str, namespace: "Namespace") -> None:
        self._config, self._attribute, self._namespace = config, attribute, namespace

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        contract = self._namespace.contract
        if name not in contract.names:
            raise AttributeError(unknown(name, contract, f"{contract.layer} setting"))
        return self._namespace.get(name)

    def __dir__(self) -> list[str]:
        return self._namespace.contract.names

    def __repr__(self) -> str:
        return f"<{self._namespace.contract.layer} config {self._config.names[self._namespace.contract.layer]}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self._config, self._attribute)
