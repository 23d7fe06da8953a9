"""The three config layers: find their files, check them, run them, override settings, keep a snapshot.

Config files import `inherit` and `scaled` from here, experiments `dataset_cfg` and `model_cfg` as well, models
`dataset_cfg`; the program uses `config.load`.
Imports only ground modules and never torch: a wrong config fails at once.
"""

from typing import TYPE_CHECKING, Any

from pyvideoai.config.errors import ConfigError
from pyvideoai.config.run.execution import inherit, scaled, seen_layer

if TYPE_CHECKING:
    from pyvideoai.config.run.layer import Layer

    dataset_cfg: Layer
    model_cfg: Layer

__all__ = ["ConfigError", "dataset_cfg", "inherit", "model_cfg", "scaled"]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name in ("dataset_cfg", "model_cfg"):
        return seen_layer(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
