"""PyVideoAI: train, evaluate and inspect video classifiers with three plain-Python configs.

pyvideoai.load("data/experiments/hmdb/i3d_resnet50/crop224_plateau").predict("clip.mp4")
pyvideoai.load_config("hmdb", "i3d_resnet50", "crop224_plateau").exp.learning_rate
"""

from typing import Any

from pyvideoai import moved
from pyvideoai._version import __version__

__all__ = ["__version__", "load", "load_config"]

moved.install()


def __getattr__(name: str) -> Any:
    """Import torch only if it is needed: an error in a config must be shown at once, not after seconds."""
    if name in ("load", "load_config"):
        from pyvideoai import environment

        environment.settle()
        from pyvideoai import predictor

        return getattr(predictor, name)
    raise AttributeError(f"module 'pyvideoai' has no attribute {name!r}")
