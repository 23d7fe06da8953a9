"""A network made of a video encoder of transformers and a head over the features of its patches."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.ops import StochasticDepth

from pyvideoai.errors import UserError, hint
from pyvideoai.models.encoders.families import FAMILIES, Family
from pyvideoai.models.encoders.optional import transformers
from pyvideoai.models.encoders.sizes import CONFIG, differences, read_sizes
from pyvideoai.models.frames.attentive import AttentiveHead
from pyvideoai.models.stages import BACKBONE


class OwnHead(nn.Module):
    """Turn features (N, patches, channels) into logits (N, classes) as the family's classifier in transformers does."""

    def __init__(self, family: Family, network: nn.Module, dropout: float) -> None:
        super().__init__()
        self.family, self.dropout = family, nn.Dropout(dropout)
        for name in family.parts:
            self.add_module(name, getattr(network, name))

    def forward(self, features: Tensor) -> Tensor:
        return self.family.classify(self, features)


class VideoEncoder(nn.Module):
    """Turn normalised float (N, 3, T, H, W) into logits (N, classes).

    backbone: the encoder. head: from its features (N, patches, channels) to logits. `freeze = "backbone"` trains the
    head alone, and files of transformers load by their own names.
    """

    def __init__(self, family: Family, config: Any, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.family, self.config = family, config
        self.backbone, self.head = backbone, head
        self.block_lists = tuple(f"{BACKBONE}.{name}" for name in family.blocks)  # for models.stages

    def features(self, clips: Tensor) -> Tensor:
        """Return (N, patches, channels), as the encoder's last_hidden_state in transformers."""
        wanted, given = (getattr(self.config, self.family.frames), *self._side()), tuple(clips.shape[2:])
        # An encoder with rotary positions takes any shape, and gives the patches wrong places.
        if given != wanted:
            wanted_text, given_text = (" x ".join(map(str, each)) for each in (wanted, given))
            raise UserError(
                f"{self.family.title} of {wanted_text} (frames, height, width) was given {given_text}: train_clip must "
                "have model.clip's frames, and crops and views model.size's pixels"
            )
        return self.backbone(clips.transpose(1, 2)).last_hidden_state

    def forward(self, clips: Tensor) -> Tensor:
        return self.head(self.features(clips))

    def check_sizes(self, path: Path) -> None:
        """Raise UserError if a config.json is of another network, or of other sizes."""
        theirs = _config(type(self.config), read_sizes(path, self.family.model_type), path)
        if found := differences(self.config.to_dict(), theirs.to_dict()):
            raise UserError(
                f"{path}: {', '.join(found)}, as in this network: name the model config of its size, or take the "
                f"sizes from there: --set model.sizes_from={path.parent}"
            )

    def extra_repr(self) -> str:
        """Show what parameters don't, so that kept features are those of this network."""
        return self.config.to_json_string()

    def _side(self) -> tuple[int, int]:
        side = getattr(self.config, self.family.size)
        return (side, side) if isinstance(side, int) else tuple(side)


def encoder(
    name: str,
    num_classes: int,
    *,
    frames: int,
    size: int,
    sizes_from: str | None = None,
    attentive: bool = False,
    dropout: float = 0.0,
    drop_path: float = 0.0,
    **sizes: Any,
) -> VideoEncoder:
    """Build an encoder with random weights, and a head; `pretrained` loads the files of transformers.

    name: of the family, "videomae" or another of FAMILIES. sizes: of the network, by the names in config.json; a folder
    with a config.json, `sizes_from`, replaces them. attentive: pool by one learned query instead of the family's own
    classifier. drop_path: of the last residual block in training; it grows from 0 at the first.
    Raises UserError where transformers is missing or too old, or if the folder's clips have other sizes.
    """
    if name not in FAMILIES:
        raise UserError(f"no video encoder {name!r}; {hint(name, FAMILIES)}")
    family = FAMILIES[name]
    library = transformers(family.title)
    shape = {family.frames: frames, family.size: size}
    if sizes_from is not None:
        sizes = _sizes_in(Path(sizes_from), family, shape)
    config = _config(getattr(library, family.config), {**sizes, **shape, **family.fixed}, sizes_from or name)
    config.num_labels = num_classes
    network = getattr(library, family.network)(config)
    backbone = network.get_submodule(family.backbone)
    _drop_paths(backbone, family, drop_path)
    for part in family.later:  # for models.stages
        backbone._modules[part] = backbone._modules.pop(part)
    head: nn.Module = OwnHead(family, network, dropout)
    if attentive:
        head = AttentiveHead(config.hidden_size, num_classes, heads=config.num_attention_heads, dropout=dropout)
    return VideoEncoder(family, config, backbone, head)


def _config(kind: Any, sizes: dict[str, Any], source: object) -> Any:
    """Return a config of transformers. Raises UserError, beginning with `source`, for values that it refuses."""
    try:
        return kind.from_dict(sizes)
    except Exception as error:  # of many types: each field has checks of its own
        raise UserError(f"{source}: transformers refuses these sizes: {' '.join(str(error).split())}") from error


def _sizes_in(folder: Path, family: Family, shape: dict[str, int]) -> dict[str, Any]:
    found = read_sizes(folder.expanduser() / CONFIG, family.model_type)
    settings = dict(zip(shape, ("the frames of model.clip", "model.size"), strict=True))
    for name, value in shape.items():
        if found.get(name, value) != value:
            raise UserError(f"{folder}: {name} is {found[name]}, and {settings[name]} {value}: set it to the same")
    return found


def _drop_paths(backbone: nn.Module, family: Family, last: float) -> None:
    blocks = [block for name in family.blocks for block in backbone.get_submodule(name)]
    for block, rate in zip(blocks, torch.linspace(0, last, len(blocks), device="cpu").tolist(), strict=True):
        if rate:
            for branch in family.branches:
                block.set_submodule(branch, StochasticDepth(rate, "row"))
