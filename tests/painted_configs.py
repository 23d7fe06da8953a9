"""Videos whose pixels tell which video and which frame they are, and configs around them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from painting import paint, write_video

from pyvideoai.config.load import Config, load
from pyvideoai.data.clips import TestViews, TrainClips
from pyvideoai.data.views import Views
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.unpack import source_of, targets_of

FRAMES = (30, 22, 41, 9, 30, 25)  # of the videos 0.mp4, 1.mp4, ...; frame i of video k shows the number 100 * k + i
BORDER = 16  # pixels left and right of the painted square of 64 x 64

DATASET = """
root = "videos"


def classes():
    return ["even", "odd", "third"]


def splits():
    return {"train": "train.csv", "val": "val.csv"}
"""

MODEL = """
from pyvideoai.models.normalise import Normalise

clip = (4, 3)
fps = 25.0
normalise = Normalise(mean=(0, 0, 0), std=(1, 1, 1))


def load_model(num_classes):
    return None
"""

EXPERIMENT = """
from dataclasses import dataclass

from pyvideoai.data.pixels import CentreCrop, HorizontalFlip, RandomCrop, ShortSide, ShortSideJitter
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views

num_epochs = 1
global_batch = 2
train_clip = Dense(4, 3)
train_pixels = [ShortSide(64), CentreCrop(64)]
val_views = Views(clips=1, crops=1, scale=64, size=64)
test_views = Views(clips=3, crops=1, scale=64, size=64)


def optimiser(model):
    return None
"""


def picture(number: int) -> np.ndarray:
    """uint8 (64, 96, 3): the number in the middle, a ramp on either side."""
    ramp = np.linspace(0, 200, BORDER, dtype=np.uint8)[None, :, None]
    left, right = (np.broadcast_to(each, (64, BORDER, 3)) for each in (ramp, 255 - ramp))
    return np.concatenate([left, paint(number, 64, 64), right], axis=1)


@pytest.fixture(scope="session")
def videos(tmp_path_factory) -> Path:
    """A folder of six videos of 64 x 96 pixels at 25 fps and one file that is no video, broken.mp4."""
    folder = tmp_path_factory.mktemp("videos")
    for number, frames in enumerate(FRAMES):
        write_video(folder / f"{number}.mp4", [picture(100 * number + frame) for frame in range(frames)], bframes=2)
    (folder / "broken.mp4").write_bytes(b"this is no video at all")
    return folder


@pytest.fixture
def make_config(tmp_path, videos):
    """make_config("--set texts", dataset=..., experiment=...): the three layers, with source text added to each."""

    def make(*overrides: str, dataset: str = "", model: str = "", experiment: str = ""):
        for folder, text in (
            ("dataset_configs", DATASET + dataset),
            ("model_configs", MODEL + model),
            ("exp_configs", EXPERIMENT + experiment),
        ):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / "painted.py").write_text(text)
        chosen = [f"dataset.root={str(videos)!r}", *overrides]
        return load(CONTRACTS, "painted", "painted", "painted", chosen, roots=[tmp_path]).execute()

    return make


@pytest.fixture(scope="session")
def table(videos) -> pd.DataFrame:
    """The six videos, as a split table that was read."""
    return pd.DataFrame({"video": [f"{number}.mp4" for number in range(len(FRAMES))], "label": [0, 1, 0, 1, 0, 1]})


def clips_of(table: pd.DataFrame, config: Config) -> TrainClips:
    """The training clips of a table, as an experiment draws them."""
    given = {"source": source_of(config), "targets": targets_of(config), "seed": config.exp.seed}
    return TrainClips(table, train_pixels=config.exp.train_pixels, **given)


def views_of(table: pd.DataFrame, config: Config, views: Views) -> TestViews:
    """The videos of a table, as an experiment scores them."""
    return TestViews(table, source=source_of(config), targets=targets_of(config), views=views)
