"""VideoPrism-B, frames first and then time, pooled by attention; by pip install 'pyvideoai[transformers]'.

Source: transformers; VideoPrism (Zhao et al., ICML 2024)
Clip: 16 frames, stride 4; 288x288
Parameters: 124.12 M with 400 classes
GMACs: 506.0
Published: nothing with a classifier of this size
Protocol: none
Verified: logits within 2e-5 of transformers' processor and network, on square frames, bilinear
"""

from pyvideoai.models.encoders import encoder
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (16, 4)
size = 288
normalise = Normalise(mean=(0.0, 0.0, 0.0), std=(255.0, 255.0, 255.0))
dropout = 0.0
drop_path = 0.0
sizes_from = None
weights = {
    "unlabelled": Weights(
        "https://huggingface.co/google/videoprism-base-f16r288/resolve/main/model.safetensors",
        licence="Apache-2.0",
        note="pretrained on videos and their texts; the classifier starts anew",
    ),
}


def load_model(num_classes):
    return encoder(
        "videoprism",
        num_classes,
        frames=clip[0],
        size=size,
        sizes_from=sizes_from,
        dropout=dropout,
        drop_path=drop_path,
        hidden_size=768,
        num_spatial_layers=12,
        num_temporal_layers=4,
        num_attention_heads=12,
        intermediate_size=3072,
    )
