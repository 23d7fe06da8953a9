"""The HMDB-51 recipe of PyVideoAI's I3D model zoo (kiyoon/PyVideoAI, 2021-22) on I3D-Nonlocal.

    tools/run_train.py -D hmdb -M i3dnonlocal_resnet50 -E crop224_lr0001_batch8_8x8_largejit_plateau_1scrop5tcrop_split1

Published: nothing; its zoo has this recipe's scores for I3D only. Reproduced, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("hmdb/i3d_resnet50-crop224_lr0001_batch8_8x8_largejit_plateau_1scrop5tcrop_split1")
