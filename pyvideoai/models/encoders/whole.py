"""Refuse weights that fill an encoder in part only: what is left at its initial values would go unnoticed."""

from pathlib import Path

from torch import nn

from pyvideoai.errors import UserError, counted
from pyvideoai.models.encoders.network import VideoEncoder
from pyvideoai.models.encoders.sizes import beside
from pyvideoai.models.stages import BACKBONE


def check_sizes(model: nn.Module, weights: Path) -> None:
    """Raise UserError if the config.json beside an encoder's weights has other sizes; other networks pass."""
    if isinstance(model, VideoEncoder) and (path := beside(weights)):
        model.check_sizes(path)


def check_whole(model: nn.Module, source: str, missing: list[str], skipped: list[str]) -> None:
    """Raise UserError if a file lacks a tensor of an encoder, or has it in another shape; other networks pass.

    It may lack the head. VideoMAE's biases of queries and values are a thousandth of its values: a share says nothing.
    """
    if not isinstance(model, VideoEncoder):
        return
    left = [name for name in [*missing, *skipped] if name.startswith(f"{BACKBONE}.")]
    if left:
        raise UserError(
            f"{source}: leaves {counted(len(left), 'tensor')} of {model.family.title}'s encoder at the initial values, "
            f"such as {left[0]}: it is of another network, or its names are of another version"
        )
