"""From the views of videos to probabilities and names, as an evaluation of the same experiment computes them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from pyvideoai.data import ClipSource, Views
from pyvideoai.data.loader import eval_videos
from pyvideoai.scoring.averaging import average_views, exchange_mirrored, to_probabilities
from pyvideoai.scoring.loading import Trained
from pyvideoai.unpack import eval_clips, mirrored_labels, source_of, views_of

Named = tuple[str, float]  # a class and its probability


@dataclass(frozen=True)
class Scorer:
    """Score clips with a trained network, on the experiment's test_views or val_views.

    mode: "multicrop" for test_views, "oneclip" for val_views.
    """

    trained: Trained
    mode: str = "multicrop"

    @property
    def views(self) -> Views:
        return views_of(self.trained.config, self.mode)

    @property
    def classes(self) -> list[str]:
        return self.trained.classes

    @property
    def videos_per_batch(self) -> int:
        """Return how many videos are scored at a time, as in an evaluation: at least one."""
        return eval_videos(self.source, self.views, self.clips_per_forward)

    @property
    def clips_per_forward(self) -> int | None:
        return eval_clips(self.trained.config)

    @cached_property
    def mirrored(self) -> list[int] | None:
        return mirrored_labels(self.trained.config, self.views, self.classes)

    @cached_property
    def source(self) -> ClipSource:
        """Return what opens video files by their own path."""
        return source_of(self.trained.config, originals=True)

    def probabilities(self, clips: torch.Tensor) -> np.ndarray:
        """Turn uint8 (videos, views, T, H, W, 3) into float32 (videos, classes)."""
        model, how = self.trained.model, self.views.average
        logits = model.logits(clips, self.clips_per_forward)
        logits = exchange_mirrored(logits, self.views.mirrored(), self.mirrored)
        return to_probabilities(average_views(logits, how, model.task), how, model.task).cpu().numpy()

    def top(self, probabilities: np.ndarray, count: int) -> list[Named]:
        """Return the `count` most probable classes with their probabilities, best first."""
        best = np.argsort(-probabilities, kind="stable")[:count]
        return [(self.classes[label], float(probabilities[label])) for label in best]
