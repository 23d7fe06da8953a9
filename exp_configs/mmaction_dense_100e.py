"""MMAction2's I3D recipe with dense sampling, 0.x and 1.x alike. Serves any dataset and model.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_mm32x2 -E mmaction_dense_100e

Source: open-mmlab/mmaction2 1.2.0, configs/recognition/i3d/,
i3d_imagenet-pretrained-r50_8xb8-dense-32x2x1-100e_kinetics400-rgb.py
Published: with the pairs in exp_configs/kinetics400/. Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit, model_cfg
from pyvideoai.data.sampling_peers import DenseSampleFrames

inherit("mmaction_100e", train_clip=DenseSampleFrames(*model_cfg.clip))
