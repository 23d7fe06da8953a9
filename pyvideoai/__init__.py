"""PyVideoAI: train, evaluate and inspect video classifiers with three plain-Python configs."""

from pyvideoai._version import __version__

__all__ = ["__version__"]
