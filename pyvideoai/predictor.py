"""Predict on videos from Python.

import pyvideoai
model = pyvideoai.load("data/experiments/motion/i3d_tiny/quickstart")
model.predict("clip.mp4")                          # [('left', 0.98), ('right', 0.01), ...]
model.predict("match.mp4", start_s=60, end_s=62)   # a part of a file
model.predict(["a.mp4", "b.mp4"])                  # a list of such lists, as for a folder of clips
model.predict_frames(frames, fps=25)               # uint8 (T, H, W, 3), RGB: frames of a camera, of OpenCV
for moment in model.scan("match.mp4", every_s=1):  # a file of any length, decoded once
    print(moment.start_s, moment.label)
"""

from collections.abc import Iterable, Iterator, Sequence
from numbers import Real
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from pyvideoai.config.errors import Place
from pyvideoai.config.load import Config, load_snapshot
from pyvideoai.config.load import load as load_layers
from pyvideoai.config.values.entries import fitted
from pyvideoai.engine.places import announce
from pyvideoai.engine.settings import CONTRACTS, EXPERIMENT
from pyvideoai.engine.without_configs import recorded_config
from pyvideoai.errors import UserError, counted, hint
from pyvideoai.experiment import open_folder, version_of
from pyvideoai.predicting.many import Prediction, predict_table
from pyvideoai.predicting.scan import Moment, check_periods, scan
from pyvideoai.predicting.scorer import Named, Scorer
from pyvideoai.predicting.sources import LISTS, is_address, path_of, read_sources, table_of, videos_in
from pyvideoai.processes import pick_device
from pyvideoai.scoring.loading import Trained, load_trained
from pyvideoai.unpack import VIEWS
from pyvideoai.video import VideoError
from pyvideoai.video.readers.memory import MemoryVideo

DEVICE = EXPERIMENT["device"]
WEIGHTS = ".pth"
TAKES = "predict takes the path of a video, or a list of paths"


class Predictor:
    """Classify video files with a trained network."""

    def __init__(self, trained: Trained, device: torch.device) -> None:
        self.trained, self.device = trained, device

    def __repr__(self) -> str:
        epoch = "" if self.trained.epoch is None else f", epoch {self.trained.epoch}"
        return f"<Predictor of {counted(len(self.classes), 'class')} on {self.device}: {self.trained.path}{epoch}>"

    @property
    def classes(self) -> list[str]:
        """Return the class names in label order."""
        return self.trained.classes

    def predict(
        self,
        video: str | Path | Sequence[str | Path],
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        top: int = 5,
        views: str = "multicrop",
    ) -> list:
        """Return the `top` classes of a video file with their probabilities, best first; for a list of files, or a
        folder of them in the order of their names (`videos_in`), a list of these.

        start_s, end_s: look only at this part of the file, in seconds from its first frame. views: "multicrop" for the
        experiment's test_views, "oneclip" for its val_views. Raises VideoError for a file that can't be decoded,
        UserError for anything that is not a file. `predict_each` goes on after a file that fails.
        """
        videos = _list_of(video)
        if videos is None:
            probabilities = self.probabilities(video, start_s=start_s, end_s=end_s, views=views)
            return self._scorer(views).top(probabilities, top)
        if start_s is not None or end_s is not None:
            raise UserError("start_s and end_s are of one video; for parts of several, give predict_each a table")
        table = table_of([_path_of(each).absolute() for each in videos])
        return [_raised(each).top for each in predict_table(self._scorer(views), table, top=top)]

    def predict_frames(
        self, frames: np.ndarray | Sequence[np.ndarray], *, fps: float, top: int = 5, views: str = "multicrop"
    ) -> list[Named]:
        """Return the `top` classes of frames in memory, as `predict` does of a file with these frames.

        frames: uint8 (T, H, W, 3), RGB, upright, or a list of frames; OpenCV's are BGR: `frames[..., ::-1]`. fps: the
        rate at which they were taken. Raises UserError.
        """
        scorer = self._scorer(views)
        cuts, _, _ = scorer.source.views_of(MemoryVideo(frames, fps), scorer.views)
        return scorer.top(scorer.probabilities(cuts.to("cpu")[None])[0], top)

    def predict_each(
        self, videos: str | Path | Sequence[str | Path], *, top: int = 5, views: str = "multicrop", workers: int = 0
    ) -> Iterator[Prediction]:
        """Yield a `Prediction` for each video, in order; one that can't be decoded has an `error` and no `top`.

        videos: a file, a folder, a list as tools/run_predict.py reads it (with parts of videos, perhaps), or several
        of these. workers: processes that decode beside this one. Raises UserError.
        """
        sources = list(videos) if isinstance(videos, list | tuple) else [videos]
        return predict_table(self._scorer(views), read_sources(sources), top=top, workers=workers)

    def probabilities(
        self,
        video: str | Path,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        views: str = "multicrop",
    ) -> np.ndarray:
        """Return float32 (classes,): the probabilities of a video, or of a part of it. See `predict`."""
        path, scorer, part = _path_of(video).absolute(), self._scorer(views), _part(video, start_s, end_s)
        clips = scorer.source.views(path, scorer.views, part)
        return scorer.probabilities(clips[None])[0]

    def scan(
        self,
        video: str | Path,
        *,
        every_s: float = 1.0,
        window_s: float | None = None,
        top: int = 5,
        views: str = "multicrop",
    ) -> Iterator[Moment]:
        """Yield a `Moment` for each window of `window_s` seconds (default: twice `every_s`), every `every_s` seconds.

        For files of any length: each frame is decoded once, memory stays flat. A moment's scores are those of
        `predict(video, start_s=moment.start_s, end_s=moment.end_s)`. Raises VideoError, after the moments before the
        fault, and UserError.
        """
        path = _path_of(video).absolute()
        check_periods(every_s, 2 * every_s if window_s is None else window_s)
        return scan(self._scorer(views), path, every_s=every_s, window_s=window_s, top=top)

    def _scorer(self, views: str) -> Scorer:
        if views not in VIEWS:
            raise UserError(f"views = {views!r}: {hint(str(views), VIEWS)}")
        return Scorer(self.trained, views)


def load(
    folder: str | Path, *, checkpoint: str | int | Path = "best", device: str = "auto", run_configs: bool = True
) -> Predictor:
    """Return the classifier of an experiment folder: a version, or the folder above, whose last version is taken.

    checkpoint: "best", "last", an epoch's number or a file. `folder` may also be a checkpoint inside its folder.
    device: "auto", "cpu", "cuda", "cuda:<number>" or "mps". run_configs: the folder's configs are code, which is run;
    False takes the recorded settings, weights and a shipped model config, and runs nothing of the folder. Raises
    UserError.
    """
    if not isinstance(folder, str | Path):
        raise UserError(f"load takes the path of an experiment folder, not a {type(folder).__name__}")
    folder = path_of(folder)
    if folder.suffix == WEIGHTS and folder.is_file():
        folder, checkpoint = version_of(folder), folder
    # The check of the setting `device`, so that both take the same words; before anything is read.
    named = fitted(DEVICE, str(device), Place(f"load(device={str(device)!r})"))
    chosen = pick_device(named, instead='device="cpu"')
    found = open_folder(folder)
    config = load_snapshot(CONTRACTS, found.configs) if run_configs else recorded_config(found)
    if run_configs:
        announce(config, found)
    # str: it may be a number or a Path as well.
    return Predictor(load_trained(config, found, str(checkpoint), chosen), chosen)


def load_config(dataset: str, model: str, experiment: str, overrides: Sequence[str] = ()) -> Config:
    """Return the layers that `tools/run_train.py -D dataset -M model -E experiment --set ...` uses, checked
    and executed.
    """
    config = load_layers(CONTRACTS, dataset, model, experiment, overrides)
    config.execute()
    return config


def _list_of(video: object) -> list[str | Path] | None:
    """Return the videos of a list or of a folder of videos; None for one video."""
    if isinstance(video, list | tuple):
        return list(video)
    path = _path_of(video)
    if path.suffix.lower() in LISTS and path.is_file():
        raise UserError(f"{TAKES}; predict_each reads lists in files, such as {video}")
    videos = videos_in(path) if path.is_dir() else [path]
    # A folder of numbered images is one video, and the only one that `videos_in` finds in it.
    return None if videos == [path] else list(videos)


def _part(video: str | Path, start_s: float | None, end_s: float | None) -> SimpleNamespace | None:
    """Return a part of a video as a row of a table has it; None for the whole video. Raises UserError."""
    if start_s is None and end_s is None:
        return None
    for name, value in (("start_s", start_s), ("end_s", end_s)):
        if value is not None and not (isinstance(value, Real) and 0 <= value < float("inf")):
            raise UserError(f"{name} = {value!r} must be a time >= 0, in seconds")
    if end_s is not None and end_s <= (start_s or 0):
        raise UserError(f"end_s = {end_s:g} is not after start_s = {start_s or 0:g}")
    return SimpleNamespace(video=str(video), start_s=start_s, end_s=end_s)


def _raised(prediction: Prediction) -> Prediction:
    """Return a prediction; raise VideoError if its video can't be decoded."""
    if prediction.error:
        raise VideoError(prediction.video, prediction.error)
    return prediction


def _path_of(video: object) -> Path:
    """Return the path of one video. Refuse what can't be one, and say what to do instead."""
    if not isinstance(video, str | Path):
        raise UserError(f"{TAKES}, not {type(video).__name__}{_instead_of(video)}")
    if is_address(str(video)):
        raise UserError(f"{TAKES}, not an address; download {video} to a file first")
    return path_of(video)


def _instead_of(thing: object) -> str:
    """Return what to do with something that is not a path."""
    of_text = getattr(getattr(thing, "dtype", None), "kind", "") in ("O", "U", "T")
    if isinstance(thing, np.ndarray | torch.Tensor) and not of_text:
        return "; predict_frames takes frames in memory"
    if isinstance(thing, bytes | bytearray) or hasattr(thing, "read"):
        return "; write the video to a file first"
    return "; make a list of it" if isinstance(thing, Iterable) else ""
