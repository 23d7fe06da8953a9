"""Pixel statistics of a network's input."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Normalise:
    """Compute (pixel - mean) / std per RGB channel; both are on the scale 0-255."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
