"""What a step is given: pixels of the sizes that an experiment's clips have. Nothing is read from a disk."""

from dataclasses import dataclass

import numpy as np
import torch

from pyvideoai.config.load import Config
from pyvideoai.data.pixels import training_region
from pyvideoai.errors import UserError
from pyvideoai.unpack import eval_clips

HEIGHT, WIDTH = 256, 340  # of an imagined video, from which the size of the training clips follows


@dataclass(frozen=True)
class Shapes:
    """Hold noise: uint8 clips (N, T, H, W, 3) of a forward pass in training, (1, views, T, H, W, 3) of a test video.

    clips_per_forward: the views of a forward pass in the test; None: as many as fit into memory for ours, all views
    for the others.
    """

    train: torch.Tensor
    test: torch.Tensor
    clips_per_forward: int | None

    @staticmethod
    def of(config: Config) -> "Shapes":
        """Return what the experiment's clips and test views look like."""
        exp, frames = config.exp, config.model.clip[0]
        region = training_region(exp.train_pixels, HEIGHT, WIDTH, np.random.default_rng(0))
        views = exp.test_views
        clips = exp.clips_per_device or exp.global_batch
        if clips == "auto":
            raise UserError("clips_per_device = 'auto' is what a run finds: give the benchmark its number")
        return Shapes(
            _noise(clips, frames, region.out_height, region.out_width),
            _noise(1, views.clips * views.crops, frames, views.size, views.size),
            eval_clips(config),
        )


def _noise(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (*shape, 3), dtype=torch.uint8, generator=generator)
