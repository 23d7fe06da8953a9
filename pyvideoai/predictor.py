"""Predict on videos from Python.

import pyvideoai
model = pyvideoai.load("data/experiments/motion/i3d_tiny/quickstart")
model.predict("clip.mp4")            # [('left', 0.98), ('right', 0.01), ...]
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from pyvideoai.config.load import Config, load_snapshot
from pyvideoai.config.load import load as load_layers
from pyvideoai.data.dataset import ClipSource
from pyvideoai.engine.evaluate import average_views
from pyvideoai.engine.scoring import Trained, load_trained
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.experiment import open_folder


class Predictor:
    """A trained classifier for video files."""

    def __init__(self, trained: Trained, device: torch.device) -> None:
        self.trained, self.device = trained, device

    @property
    def classes(self) -> list[str]:
        """Class names in label order."""
        return self.trained.classes

    def predict(self, video: str | Path, *, top: int = 5) -> list[tuple[str, float]]:
        """The `top` classes of a video file with their probabilities, best first. Raises VideoError."""
        probabilities = self.probabilities(video)
        best = np.argsort(-probabilities, kind="stable")[:top]
        return [(self.classes[label], float(probabilities[label])) for label in best]

    @torch.inference_mode()
    def probabilities(self, video: str | Path) -> np.ndarray:
        """float32 (classes,): the video's score over the experiment's test views."""
        exp = self.trained.config.exp
        clips = ClipSource(self.trained.config, originals=True).views(Path(video).absolute(), exp.test_views)
        logits = self.trained.model(self.trained.to_input(clips.to(self.device))).float()
        views, several = logits.reshape(1, -1, logits.shape[-1]), self.trained.config.dataset.multi_label
        return average_views(views, exp.test_views.average, several=several)[0].cpu().numpy()


def load(folder: str | Path, *, checkpoint: str = "best", device: str = "auto") -> Predictor:
    """The classifier of an experiment folder (a version, or the folder above: its last version).

    checkpoint: "best", "last", an epoch's number or a file; device: "auto", "cpu" or "cuda".
    """
    found = open_folder(folder)
    chosen = torch.device("cuda" if device != "cpu" and torch.cuda.is_available() else "cpu")
    return Predictor(load_trained(load_snapshot(CONTRACTS, found.configs), found, checkpoint, chosen), chosen)


def load_config(dataset: str, model: str, experiment: str, overrides: Sequence[str] = ()) -> Config:
    """The layers behind `tools/run_train.py -D dataset -M model -E experiment --set ...`, checked and executed."""
    config = load_layers(CONTRACTS, dataset, model, experiment, overrides)
    config.execute()
    return config
