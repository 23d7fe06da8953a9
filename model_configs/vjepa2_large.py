"""V-JEPA 2 ViT-L/16 and its attentive classifier; by pip install 'pyvideoai[transformers]'.

Source: transformers; V-JEPA 2 (Assran et al. 2025, arXiv:2506.09985)
Clip: 16 frames, stride 4; 256x256
Parameters: 353.63 M with 400 classes
GMACs: 935.2
Published: Something-Something v2 73.7 top-1, frozen
Protocol: 2 clips x 3 crops of 256
Verified: logits within 2e-5 of transformers' processor and network; the predictor is left out
"""

from pyvideoai.models.encoders import encoder
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (16, 4)
size = 256
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.0
drop_path = 0.0
sizes_from = None
weights = {
    "unlabelled": Weights(
        "https://huggingface.co/facebook/vjepa2-vitl-fpc64-256/resolve/main/model.safetensors",
        licence="MIT",
        note="pretrained without labels; the attentive classifier starts anew",
    ),
    "somethingsomething_v2": Weights(
        "https://huggingface.co/facebook/vjepa2-vitl-fpc16-256-ssv2/resolve/main/model.safetensors",
        licence="MIT",
        note="the same frozen encoder, with a classifier of 174 classes",
    ),
}


def load_model(num_classes):
    return encoder(
        "vjepa2",
        num_classes,
        frames=clip[0],
        size=size,
        sizes_from=sizes_from,
        dropout=dropout,
        drop_path=drop_path,
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        mlp_ratio=4,
        num_pooler_layers=3,
    )
