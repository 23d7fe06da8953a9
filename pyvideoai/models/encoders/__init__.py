"""Video encoders of transformers (the extra `[transformers]`): clips in, the features of their patches or logits out.

network   VideoEncoder: an encoder and a head; `encoder` builds one by the name of its family
families  what differs between VideoMAE, V-JEPA 2, VideoPrism and TimeSformer
library   import transformers, or say in one line why not
sizes     the config.json beside weights: its sizes must be the network's
whole     refuse a file that leaves a part of an encoder at its initial values
Nothing is loaded by transformers itself: `models.weights` reads its safetensors files, with hash, report and offline.
"""

from pyvideoai.models.encoders.network import VideoEncoder, encoder

__all__ = ["VideoEncoder", "encoder"]
