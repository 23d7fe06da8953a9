"""MMAction2 0.x's I3D recipe: `mmaction_100e` with the test frames of 0.x. Serves any dataset and model.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_mm32x2 -E mmaction0x_100e

Source: open-mmlab/mmaction2 0.24, configs/recognition/i3d/i3d_r50_32x2x1_100e_kinetics400_rgb.py
Published: with the pairs in exp_configs/kinetics400/. Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit, model_cfg
from pyvideoai.data.sampling_peers import SampleFrames0x

inherit("mmaction_100e", train_clip=SampleFrames0x(*model_cfg.clip))
