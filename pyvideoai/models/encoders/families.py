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
    later: tuple[str, ...] = ()
    fixed: Mapping[str, object] = field(default_factory=dict)


def _mean(head: nn.Module, tokens: Tensor) -> Tensor:
    return head.classifier(head.dropout(head.fc_norm(tokens.mean(1))))


def _first(head: nn.Module, tokens: Tensor) -> Tensor:
    return head.classifier(head.dropout(tokens[:, 0]))


def _attentive(head: nn.Module, tokens: Tensor) -> Tensor:
    return head.classifier(head.dropout(head.pooler(tokens)))


def _attentive_and_norm(head: nn.Module, tokens: Tensor) -> Tensor:
    return head.classifier(head.dropout(head.head_layernorm(head.head(tokens)[0].squeeze(1))))


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
    "vjepa2": Family(
        title="V-JEPA 2",
        model_type="vjepa2",
        config="VJEPA2Config",
        network="VJEPA2ForVideoClassification",
        backbone="vjepa2.encoder",  # without the predictor, which only pretraining uses
        parts=("pooler", "classifier"),
        classify=_attentive,
        frames="frames_per_clip",
        size="crop_size",
        blocks=("layer",),
    ),
    "videoprism": Family(
        title="VideoPrism",
        model_type="videoprism_vision_model",
        config="VideoPrismVisionConfig",
        network="VideoPrismForVideoClassification",
        backbone="vision_model",
        parts=("head", "head_layernorm", "classifier"),
        classify=_attentive_and_norm,
        blocks=("spatial_layers", "temporal_layers"),
        branches=("dropout",),
        later=("layernorm1", "temporal_embeddings", "temporal_layers", "layernorm2"),
    ),
    "timesformer": Family(
        title="TimeSformer",
        model_type="timesformer",
        config="TimesformerConfig",
        network="TimesformerForVideoClassification",
        backbone="timesformer",
        parts=("classifier",),
        classify=_first,
    ),
}
