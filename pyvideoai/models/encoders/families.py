"""Describe what differs between the encoders of transformers: where their parts are, and how they pool patches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn


@dataclass(frozen=True)
class Family:
    """Describe one kind of network of transformers.

    config and network: names of classes in transformers. backbone: the encoder's place in the network; parts: the rest
    of the network, which is its classifier. classify: the classifier's own arithmetic, from (head, tokens) to logits.
    frames and size: the names of the clip's sizes in config.json. blocks: lists of residual blocks in the encoder, in
    the order of use. branches: what a block's residual branches go through last, where drop path belongs. first: parts
    of the encoder that are used before others, but defined later.
    """

    title: str
    model_type: str
    config: str
    network: str
    backbone: str
    parts: tuple[str, ...]
    classify: Callable[[nn.Module, Tensor], Tensor]
    frames: str = "num_frames"
    size: str = "image_size"
    blocks: tuple[str, ...] = ("encoder.layer",)
    branches: tuple[str, ...] = ("drop_path",)
    fixed: Mapping[str, object] = field(default_factory=dict)


def _mean(head: nn.Module, tokens: Tensor) -> Tensor:
    return head.classifier(head.dropout(head.fc_norm(tokens.mean(1))))


FAMILIES = {
    "videomae": Family(
        title="VideoMAE",
        model_type="videomae",
        config="VideoMAEConfig",
        network="VideoMAEForVideoClassification",
        backbone="videomae",
        parts=("fc_norm", "classifier"),
        classify=_mean,
        branches=("attention.output.dropout", "output.dropout"),
        # Pretraining files say False, and the paper's classifier takes the mean of all patches for them too.
        fixed={"use_mean_pooling": True},
    ),
}
