"""A head on kept features, -D features: linear, mlp or attentive (one learned query, as in V-JEPA's probe).

    tools/run_train.py -D features --set dataset.root=my_features -M features -E probe

Attentive heads have many times the weights of linear ones: --set model.head=attentive --set learning_rate=0.0001.
"""

from pyvideoai.config import dataset_cfg
from pyvideoai.features import folder
from pyvideoai.models.frames import FeatureNetwork, head_on_features
from pyvideoai.models.normalise import Normalise

clip = (1, 1)
normalise = Normalise(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
head = "linear"
dropout = 0.2


def load_model(num_classes):
    channels = folder.channels_of(dataset_cfg)
    return FeatureNetwork(head_on_features(head, channels, num_classes, dropout=dropout))
