"""VideoMAE ViT-B/16, and one learned query that looks at all patches; by pip install 'pyvideoai[transformers]'.

Source: transformers; VideoMAE (Tong et al., NeurIPS 2022)
Clip: 16 frames, stride 4; 224x224
Parameters: 93.62 M with 400 classes
GMACs: 182.2
Published: nothing with this head; see `videomae_base`
Protocol: none
Verified: features are those of transformers' network
"""

from pyvideoai.config import inherit

inherit("videomae_base", attentive=True)
