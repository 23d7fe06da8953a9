"""The probe on a frame of each of eight segments: for networks of frames, whatever the length of a video.

    tools/run_train.py -D ucf101 --set dataset.root=my_ucf_subset -M tsn_efficientnet_lite0 -E probe_segments

Score, time, hardware: docs/BENCHMARKS.md, on five classes of UCF-101: 95.6 with one fixed view.
"""

from pyvideoai.config import inherit, model_cfg
from pyvideoai.data.sampling import Segments

inherit("probe", train_clip=Segments(model_cfg.clip[0]))
