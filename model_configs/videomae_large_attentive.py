"""VideoMAE ViT-L/16, and one learned query that looks at all patches; by pip install 'pyvideoai[transformers]'.

Source: transformers; VideoMAE (Tong et al., NeurIPS 2022)
Clip: 16 frames, stride 4; 224x224
Parameters: 316.87 M with 400 classes
GMACs: 600.1
Published: nothing with this head; see `videomae_large`
Protocol: none
Verified: features are those of transformers' network
"""

from pyvideoai.config import inherit

inherit("videomae_large", attentive=True)
