"""Import transformers, which is optional, or say in one line why that can't be done."""

import importlib.metadata
import re
from types import ModuleType

from pyvideoai.errors import UserError

OLDEST = (5, 18)
_INSTALL = "pip install 'pyvideoai[transformers]'"


def transformers(wanted: str) -> ModuleType:
    """Return the package. wanted: the network that needs it. Raises UserError if it is missing or too old.

    Before 5.18, VideoMAE has a bias for its keys and none of its files' names `q_bias` and `v_bias`: transformers
    leaves the biases of queries and values at zero then, with a warning at most.
    """
    try:
        version = importlib.metadata.version("transformers")
    except importlib.metadata.PackageNotFoundError:
        raise UserError(f"{wanted} comes from transformers, which is missing: {_INSTALL}") from None
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise UserError(f"{wanted} needs transformers {oldest} or later, and {version} is installed: {_INSTALL}")
    import transformers as library

    return library
