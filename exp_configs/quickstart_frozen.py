"""The quickstart on clips frozen to one frame: what a data set gives away without motion.

    tools/run_train.py -D motion -M i3d_tiny -E quickstart_frozen

On motion it must stay at chance, 12.5. Score, 5 clips x 1 crop, last weights, seed 0: 12.50 (8.9 to 17.3).
Time: 2 min 18 s on 2 cores.
"""

from dataclasses import dataclass

import numpy as np

from pyvideoai.config import inherit, model_cfg


@dataclass(frozen=True)
class Frozen:
    """One frame, repeated: any in training, evenly spread ones in tests."""

    frames: int

    def train(self, num_frames, fps, rng):
        return np.full(self.frames, rng.integers(num_frames))

    def test(self, num_frames, fps, view, views):
        return np.full(self.frames, (2 * view + 1) * num_frames // (2 * views))


inherit("quickstart", train_clip=Frozen(model_cfg.clip[0]))
