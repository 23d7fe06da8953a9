"""Train only the classifier, on the features of published weights. Serves any dataset and model.

    tools/run_train.py -D hmdb -M r3d_18 -E linear_probe

How good the features are, and the quickest first result. Score, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("finetune_adamw", freeze="backbone", learning_rate=1e-3, weight_decay=0.0, head_factor=1.0, layer_decay=1.0)
