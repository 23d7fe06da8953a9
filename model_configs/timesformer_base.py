"""TimeSformer-B, attention in time and in space by turns; by pip install 'pyvideoai[transformers]'.

Source: transformers; TimeSformer (Bertasius et al., ICML 2021)
Clip: 8 frames, stride 32; 224x224
Parameters: 121.57 M with 400 classes
GMACs: 195.8
Published: Kinetics-400 78.0 / 93.7
Protocol: 1 clip x 3 crops of 224
Verified: logits within 2e-5 of transformers' processor and network
"""

from pyvideoai.models.encoders import encoder
from pyvideoai.models.normalise import Normalise

clip = (8, 32)
size = 224
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.0
drop_path = 0.0
sizes_from = None


def load_model(num_classes):
    return encoder(
        "timesformer",
        num_classes,
        frames=clip[0],
        size=size,
        sizes_from=sizes_from,
        dropout=dropout,
        drop_path=drop_path,
        hidden_size=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=3072,
    )
