"""A run whose `wrap_model` shards the network (FSDP2): what it can't be combined with."""

from torch import nn

from pyvideoai.config.load import Config
from pyvideoai.errors import UserError


def check_shards(config: Config, model: nn.Module, before: nn.Module) -> None:
    """Raise UserError if the experiment asks for what a network in shards can't do.

    before: the network before `wrap_model`.
    """
    exp = config.exp
    if list(model.state_dict()) != list(before.state_dict()):
        raise exp.wrap_model.refused(model, "the network that it was given, sharded (FSDP2) and otherwise unchanged")
    asked = {
        "ema_decay": exp.ema_decay is not None,
        "bn = 'sync'": exp.bn == "sync",
        "amp = 'fp16' (bf16 needs no scaler)": exp.amp == "fp16",
        "compile": exp.compile is True,
        "memory_format = 'channels_last'": exp.memory_format == "channels_last",
    }
    if wrong := [name for name, is_asked in asked.items() if is_asked]:
        raise UserError(f"a network that wrap_model shards (FSDP2) can't be trained with {' and '.join(wrong)}")
