"""Predict on videos from Python.

import pyvideoai
model = pyvideoai.load("data/experiments/motion/i3d_tiny/quickstart")
model.predict("clip.mp4")            # [('left', 0.98), ('right', 0.01), ...]
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from pyvideoai.annotations.listing import list_folder
from pyvideoai.config.errors import Place
from pyvideoai.config.load import Config, load_snapshot
from pyvideoai.config.load import load as load_layers
from pyvideoai.config.values.entries import fitted
from pyvideoai.engine.settings import CONTRACTS, EXPERIMENT
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import open_folder, version_of
from pyvideoai.processes import pick_device
from pyvideoai.scoring.averaging import average_views, exchange_mirrored, to_probabilities
from pyvideoai.scoring.loading import Trained, load_trained
from pyvideoai.unpack import eval_clips, mirrored_labels, source_of

DEVICE = EXPERIMENT["device"]
TAKES = "predict takes the path of a video, or a list of paths"


class Predictor:
    """Classify video files with a trained network."""

    def __init__(self, trained: Trained, device: torch.device) -> None:
        self.trained, self.device = trained, device

    @property
    def classes(self) -> list[str]:
        """Return the class names in label order."""
        return self.trained.classes

    def predict(self, video: str | Path | Sequence[str | Path], *, top: int = 5) -> list:
        """Return the `top` classes of a video file with their probabilities, best first; for a list of files,
        a list of these.

        Raises VideoError for a file that can't be decoded, UserError for anything that is not a file.
        """
        if isinstance(video, list | tuple):
            return [self.predict(each, top=top) for each in video]
        probabilities = self.probabilities(video)
        best = np.argsort(-probabilities, kind="stable")[:top]
        return [(self.classes[label], float(probabilities[label])) for label in best]

    def probabilities(self, video: str | Path) -> np.ndarray:
        """Return float32 (classes,): the video's probabilities over the experiment's test views.

        Raises as `predict` does.
        """
        _check_is_path(video)
        exp = self.trained.config.exp
        clips = source_of(self.trained.config, originals=True).views(Path(video).absolute(), exp.test_views)
        model, how = self.trained.model, exp.test_views.average
        mirrored = mirrored_labels(self.trained.config, exp.test_views, self.classes)
        logits = model.logits(clips[None], eval_clips(self.trained.config))
        logits = exchange_mirrored(logits, exp.test_views.mirrored(), mirrored)
        return to_probabilities(average_views(logits, how, model.task), how, model.task)[0].cpu().numpy()


def load(folder: str | Path, *, checkpoint: str | int | Path = "best", device: str = "auto") -> Predictor:
    """Return the classifier of an experiment folder: a version, or the folder above, whose last version is taken.

    checkpoint: "best", "last", an epoch's number or a file. `folder` may also be a checkpoint inside its folder.
    device: "auto", "cpu", "cuda", "cuda:<number>" or "mps". Raises UserError.
    """
    if not isinstance(folder, str | Path):
        raise UserError(f"load takes the path of an experiment folder, not a {type(folder).__name__}")
    if Path(folder).is_file():
        folder, checkpoint = version_of(folder), folder
    named = fitted(DEVICE, str(device), Place(f"load(device={str(device)!r})"))
    chosen = pick_device(named, instead='device="cpu"')
    found = open_folder(folder)
    config = load_snapshot(CONTRACTS, found.configs)
    return Predictor(load_trained(config, found, str(checkpoint), chosen), chosen)


def load_config(dataset: str, model: str, experiment: str, overrides: Sequence[str] = ()) -> Config:
    """Return the layers that `tools/run_train.py -D dataset -M model -E experiment --set ...` uses, checked
    and executed.
    """
    config = load_layers(CONTRACTS, dataset, model, experiment, overrides)
    config.execute()
    return config


def _check_is_path(video: object) -> None:
    """Refuse what can't be the path of one video, and say what to do instead."""
    if not isinstance(video, str | Path):
        raise UserError(f"{TAKES}, not {type(video).__name__}; write the video to a file first")
    if re.match(r"[a-z][a-z0-9+.-]+://", str(video), re.IGNORECASE):
        raise UserError(f"{TAKES}, not an address; download {video} to a file first")
    videos = list(list_folder(Path(video)).videos) if Path(video).is_dir() else []
    if videos:
        some = f"[{str(Path(video, videos[0]))!r}, ...]"
        raise UserError(
            f"{TAKES}; {video} is a folder with {counted(len(videos), 'video')}: predict({some}) takes them all"
        )
