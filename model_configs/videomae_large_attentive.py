"""VideoMAE ViT-L/16, and one learned query that looks at all patches; by pip install 'pyvideoai[transformers]'.

Source: transformers; VideoMAE (Tong et al., NeurIPS 2022)
Clip: 16 frames, stride 4; 224x224
Parameters: 316.87 M with 400 classes
GMACs: 600.1
Published: nothing with this head; see `videomae_large`
Protocol: none
Verified: features are those of transformers' network
"""

from pyvideoai.models.encoders import encoder
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

clip = (16, 4)
size = 224
normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
dropout = 0.0
drop_path = 0.1
sizes_from = None
weights = {
    "kinetics400": Weights(
        "https://huggingface.co/MCG-NJU/videomae-large-finetuned-kinetics/resolve/main/model.safetensors",
        licence="CC-BY-NC 4.0",
    ),
    "kinetics400_unlabelled": Weights(
        "https://huggingface.co/MCG-NJU/videomae-large/resolve/main/model.safetensors",
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
        attentive=True,
        dropout=dropout,
        drop_path=drop_path,
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        intermediate_size=4096,
    )
