"""Image networks for videos: a backbone sees one frame at a time, and a temporal head joins what it found.

network     FrameNetwork: float (N, 3, T, H, W) to logits
backbones   any image network of torchvision or timm, without its classifier
shift       temporal shift (TSM): channels of the neighbouring frames, inside a 2-D backbone
average     average consensus (TSN, TSM)
relation    relations between frames in their order (TRN), at one or several scales
attentive   attentive pooling: one learned query looks at all frames
on_features a head without a backbone, for features that are kept
May import pyvideoai.errors and pyvideoai.models.stages only.
"""

from pyvideoai.models.frames.attentive import AttentiveHead
from pyvideoai.models.frames.average import AverageHead
from pyvideoai.models.frames.backbones import timm_backbone, torchvision_backbone
from pyvideoai.models.frames.network import FrameNetwork
from pyvideoai.models.frames.on_features import FeatureNetwork, MlpHead, head_on_features
from pyvideoai.models.frames.relation import MultiScaleRelationHead, RelationHead
from pyvideoai.models.frames.shift import shift_blocks

__all__ = [
    "AttentiveHead",
    "AverageHead",
    "FeatureNetwork",
    "FrameNetwork",
    "MlpHead",
    "MultiScaleRelationHead",
    "RelationHead",
    "head_on_features",
    "shift_blocks",
    "timm_backbone",
    "torchvision_backbone",
]
