"""VideoMAE ViT-B/16, and the mean of all patches before the classifier; by pip install 'pyvideoai[transformers]'.

Source: transformers; VideoMAE (Tong et al., NeurIPS 2022)
Clip: 16 frames, stride 4; 224x224
Parameters: 86.53 M with 400 classes
GMACs: 180.3
Published: Kinetics-400 80.9 / 94.7 (this file), 81.5 / 95.1 (paper)
Protocol: 5 clips x 3 crops of 224
Verified: logits within 2e-5 of transformers' processor and network
"""

from pyvideoai.models.encoders import encoder
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (16, 4)
size = 224
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.0
attentive = False
drop_path = 0.1
sizes_from = None
weights = {
    "kinetics400": Weights(
        "https://huggingface.co/MCG-NJU/videomae-base-finetuned-kinetics/resolve/main/model.safetensors",
        licence="CC-BY-NC 4.0",
    ),
    "kinetics400_unlabelled": Weights(
        "https://huggingface.co/MCG-NJU/videomae-base/resolve/main/model.safetensors",
        licence="CC-BY-NC 4.0",
        note="pretrained without labels",
    ),
}


def load_model(num_classes):
    return encoder(
        "videomae",
        num_classes,
        frames=clip[0],
        size=size,
        sizes_from=sizes_from,
        attentive=attentive,
        dropout=dropout,
        drop_path=drop_path,
        hidden_size=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=3072,
    )
